#!/usr/bin/env bash
# Runs every test with its lines counted, in a target directory of its own, and holds the result against tools/coverage.json.
#
# Profiles are written continuously (%c) into one file a program (%m): a process that is ended by SIGKILL, as functions are here,
# would write none at its end.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="$PWD/target/coverage"
# shellcheck disable=SC1090
source <(cargo llvm-cov show-env --sh --no-cfg-coverage)
export RUSTFLAGS="${RUSTFLAGS:-} -C llvm-args=-runtime-counter-relocation"
export LLVM_PROFILE_FILE="${LLVM_PROFILE_FILE%-%p-*}-%m%c.profraw"
cargo llvm-cov clean --profraw-only
cargo build --workspace --bins --locked
cargo test --workspace --locked
cargo llvm-cov report --html --output-dir "$CARGO_TARGET_DIR"
cargo llvm-cov report --json --summary-only --output-path "$CARGO_TARGET_DIR/summary.json"
python3 tools/coverage.py "$CARGO_TARGET_DIR/summary.json" "$@"
