#!/usr/bin/env bash
# Exports every contract's Solidity interface and compares it with the committed src/<name>/abi.sol.
#
#   scripts/check-abi.sh            compares
#   scripts/check-abi.sh --update   rewrites the files
set -euo pipefail
. "$(dirname "$0")/env.sh"

packages=() features=()
for name in "${CONTRACTS[@]}"; do
  packages+=(-p "escapement_${name}_program" --bin "$name-abi")
  features+=("escapement_${name}_program/export-abi")
done
contract_cargo build --quiet --locked "${packages[@]}" --features "$(IFS=,; echo "${features[*]}")"

differing=0
for name in "${CONTRACTS[@]}"; do
  golden=$ROOT/src/$name/abi.sol
  exported=$("$ROOT/target/debug/$name-abi")
  if [[ ${1:-} == --update ]]; then
    printf '%s\n' "$exported" >"$golden"
  elif ! diff -u --label "committed src/$name/abi.sol" --label "exported by $name" "$golden" <(printf '%s\n' "$exported"); then
    differing=$((differing + 1))
  fi
done
((differing == 0)) || die "$differing interfaces differ from the committed ones; if that is meant: scripts/check-abi.sh --update"
say "abi: ${#CONTRACTS[@]} interfaces ${1:+written}${1:-as committed}" | sed 's/written--update/written/'
