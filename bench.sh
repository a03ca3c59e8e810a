#!/usr/bin/env bash
# Measures the venue beside what the machine allows, and writes the table of ratios into docs/performance.md.
#
#   ./bench.sh               five rounds, about ten minutes; leave the machine alone meanwhile
#   ./bench.sh --rounds 9    more of them
#   ./bench.sh --quick --rounds 1    a minute, to see that all works; writes nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --release -p openbell-server -p openbell-tools -p openbell-rulers
target=${CARGO_TARGET_DIR:-target}
exec "$target/release/openbell-rulers" table --page docs/performance.md --dir "$target/bench-data" "$@"
