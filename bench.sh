#!/usr/bin/env bash
# Measures the venue beside what the machine allows, and writes the table of ratios into docs/performance.md.
#
#   ./bench.sh               five rounds, about a quarter of an hour; leave the machine alone meanwhile
#   ./bench.sh --rounds 9    more of them
#   ./bench.sh --quick --rounds 1    a minute, to see that all works; writes nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case " $* " in
*" --quick "*) ;;
# The engine beside its ladder; the table takes its figures up.
*) cargo bench -p openbell-benches ;;
esac
cargo build --release -p openbell-server -p openbell-tools -p openbell-rulers
target=${CARGO_TARGET_DIR:-target}
exec "$target/release/openbell-rulers" table --page docs/performance.md --dir "$target/bench-data" "$@"
