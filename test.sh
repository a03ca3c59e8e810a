#!/usr/bin/env bash
# Runs every test of the project, and first installs what they need and the machine has not.
#
#   ./test.sh                                    everything
#   OPENBELL_TESTS_WITHOUT_POSTGRES=1 ./test.sh  installs nothing, leaves out the tests that need Postgres
#
# Ends with 0 only when every test passed and every line of evidence was written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly postgres_oldest=15
readonly evidence=(DIFF SHARDS KILL REPLAY FUZZ)
readonly evidence_folder=${CARGO_TARGET_DIR:-target}/evidence
readonly without_postgres=${OPENBELL_TESTS_WITHOUT_POSTGRES:-0}

say() { printf '%s\n' "$*" >&2; }
fail() { say "test.sh: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "neither root nor sudo, so this cannot be done here: $*"
  fi
}

# Prints the folder that holds initdb and postgres; the tests look in the first three places too.
postgres_binaries() {
  local folder path
  IFS=: read -r -a path <<<"$PATH"
  for folder in "${path[@]}" "$(pg_config --bindir 2>/dev/null || true)" \
    $(printf '%s\n' /usr/lib/postgresql/*/bin | sort --reverse --version-sort) \
    /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  return 1
}

install_postgres() {
  say "PostgreSQL's server is not installed; installing it"
  if have apt-get; then
    as_root apt-get update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql
  elif have dnf; then
    as_root dnf install -y postgresql-server
  elif have pacman; then
    as_root pacman -S --needed --noconfirm postgresql
  elif have brew; then
    brew install postgresql@17
  else
    fail "found no apt-get, dnf, pacman or brew: install PostgreSQL $postgres_oldest or later by hand"
  fi
}

prepare_postgres() {
  local binaries version
  if ! postgres_binaries >/dev/null; then
    install_postgres
  fi
  binaries=$(postgres_binaries) || fail "PostgreSQL was installed, but initdb and postgres are nowhere"
  version=$("$binaries/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
  if [ "$version" -lt "$postgres_oldest" ]; then
    fail "$binaries has PostgreSQL $version, the tests need $postgres_oldest or later"
  fi
  export PATH="$binaries:$PATH"
}

run_tests() {
  local status=0
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --no-fail-fast || status=$?
    cargo test --doc --workspace --no-fail-fast || status=$?
  else
    cargo test --workspace --no-fail-fast || status=$?
  fi
  return "$status"
}

# Prints what the long tests measured, one line each; each must be there.
print_evidence() {
  local name status=0
  printf '\n'
  for name in "${evidence[@]}"; do
    if [ -s "$evidence_folder/$name.txt" ]; then
      cat "$evidence_folder/$name.txt"
    else
      say "test.sh: $evidence_folder/$name.txt was not written"
      status=1
    fi
  done
  return "$status"
}

have cargo || fail "cargo is missing: install Rust from https://rustup.rs"
if [ "$without_postgres" != 1 ]; then
  prepare_postgres
fi
rm -rf "$evidence_folder"

status=0
run_tests || status=$?
print_evidence || status=1
if [ "$without_postgres" = 1 ]; then
  printf 'Tests that need Postgres were skipped: OPENBELL_TESTS_WITHOUT_POSTGRES is 1\n'
fi
exit "$status"
