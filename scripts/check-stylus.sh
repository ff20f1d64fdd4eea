#!/usr/bin/env bash
# Proves that target/contracts holds what cargo-stylus would put on chain:
#   1. `cargo stylus get-initcode` builds each contract its own way; the module inside must be ours to the byte, but
#      for the 32 bytes of the project hash (theirs covers absolute paths, ours is zero);
#   2. `cargo stylus check` accepts each module on the development chain;
#   3. `cargo stylus deploy --wasm-file` puts exactly our code there.
set -euo pipefail
. "$(dirname "$0")/env.sh"
((FALLBACK == 0)) || { say "skipped: cargo-stylus needs the pinned nightly"; exit 0; }
[[ -f $CONTRACTS_DIR/manifest.json ]] || die "run scripts/build.sh first"

work=$(mktemp -d)
start_devnet
trap 'kill "$DEVNET_PID" 2>/dev/null || true; rm -rf "$work"' EXIT
# First of the ten funded development accounts; the key is public.
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80

for name in "${CONTRACTS[@]}"; do
  wasm=$CONTRACTS_DIR/$name.wasm
  (cd "$ROOT/src/$name/program" && cargo-stylus stylus get-initcode --output "$work/$name.initcode" --contract "escapement_${name}_program") \
    >"$work/log" 2>&1 || { cat "$work/log" >&2; die "$name: cargo stylus get-initcode failed"; }
  node "$ROOT/scripts/compare-initcode.mjs" "$work/$name.initcode" "$wasm"

  (cd "$ROOT/src/$name/program" && cargo-stylus stylus check --endpoint "$RPC" --wasm-file "$wasm" --contract "escapement_${name}_program") \
    >"$work/log" 2>&1 || { cat "$work/log" >&2; die "$name: cargo stylus check refuses the module"; }

  (cd "$ROOT/src/$name/program" && cargo-stylus stylus deploy --no-verify --endpoint "$RPC" --private-key "$key" --wasm-file "$wasm" --no-activate) \
    >"$work/log" 2>&1 || { cat "$work/log" >&2; die "$name: cargo stylus deploy failed"; }
  address=$(sed 's/\x1b\[[0-9;]*m//g' "$work/log" | grep -oiE 'deployed code at address:? *0x[0-9a-f]{40}' | grep -oiE '0x[0-9a-f]{40}' | head -n 1)
  [[ -n $address ]] || { cat "$work/log" >&2; die "$name: cargo stylus deploy names no address"; }
  [[ $(cast code --rpc-url "$RPC" "$address") == "$(<"$CONTRACTS_DIR/$name.code")" ]] || die "$name: the code at $address is not ours"
  say "$name: same module as cargo-stylus builds, accepted by its check, same code as it deploys"
done
