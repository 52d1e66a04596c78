#!/usr/bin/env bash
# Breaks the code behind the promises of docs/guarantees.md, one place at a time, and runs the tests of the domain. What is
# broken and passes is listed and fails the run. FILE= (a path or glob) chooses other files than those here; SHARD=k/n takes every
# n-th place only, for all of them take hours.
set -euo pipefail
cd "$(dirname "$0")/.."
HOLD_PROMISES=(
  shared/domain/src/task/state.rs
  shared/domain/src/task/moves.rs
  shared/domain/src/money/budget.rs
  shared/domain/src/money/ledger.rs
  shared/domain/src/signing/signature.rs
  shared/domain/src/access/route.rs
  shared/api/src/route.rs
  shared/content/src/clean/policy.rs
)
files=("$@")
[ ${#files[@]} -gt 0 ] || files=("${HOLD_PROMISES[@]}")
# Words for people and for logs are no promise.
which=(--package galley-content --package galley-domain --package galley-api "${files[@]/#/--file=}" --exclude-re 'fmt::(Display|Debug)')
[ -z "${SHARD:-}" ] || which+=(--shard "$SHARD" --sharding round-robin)
[ -n "$(cargo mutants --list "${which[@]}")" ] || { echo "nothing to break in ${files[*]}" >&2; exit 2; }
cargo mutants "${which[@]}" --test-package galley-content --test-package galley-domain --test-package galley-api --profile mutants --baseline skip --timeout 180 \
  --no-shuffle --output target -- --locked --lib --tests
