#!/usr/bin/env bash
# The wasm gate: rules every contract must keep, and its figures against tests/snapshots/wasm.json. Prints the size table.
#
#   scripts/check-wasm.sh            checks target/contracts
#   scripts/check-wasm.sh --update   checks the rules and rewrites the snapshot
set -euo pipefail
. "$(dirname "$0")/env.sh"
mode=("$@")
if ((FALLBACK)) && ((${#mode[@]} == 0)); then
  say "built with $CONTRACT_TOOLCHAIN instead of the pinned nightly: rules are checked, figures are not compared"
  mode=(--limits-only)
fi
gate=$(host_program wasm-gate) || die "the gate does not build"
exec "$gate" "$CONTRACTS_DIR" "$ROOT/tests/snapshots/wasm.json" "${mode[@]}"
