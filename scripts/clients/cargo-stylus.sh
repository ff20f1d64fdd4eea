#!/usr/bin/env bash
# cargo-stylus against a development chain: scripts/clients/cargo-stylus.sh http://127.0.0.1:8547
# Needs the contracts of scripts/build.sh. Prints each command and its answer; ends with an error at the first that
# is not as expected.
set -euo pipefail
. "$(dirname "$0")/../env.sh"
rpc=${1:?usage: cargo-stylus.sh RPC-URL}
name=token
wasm=$CONTRACTS_DIR/$name.wasm
[[ -f $wasm ]] || die "run scripts/build.sh first"
# First of the ten funded development accounts; the key is public.
key=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
work=$(mktemp -d)
# What it deploys is undone at the end: activation is by code hash, and a second run would find it done.
snapshot=$(cast rpc --rpc-url "$rpc" evm_snapshot | tr -d '"')
trap 'rm -rf "$work"; cast rpc --rpc-url "$rpc" evm_revert "$snapshot" >/dev/null' EXIT

# Shows and runs a command in the contract's folder, without colours and machine paths.
run() {
  printf '$ cargo %s\n' "$*" | sed "s|$key|\$KEY|; s|$ROOT/||g; s|$work/||g"
  (cd "$ROOT/src/$name/program" && cargo-"$1" "$@" 2>&1) | sed "s/\x1b\[[0-9;]*m//g; s|$ROOT/||g; s|$work/||g"
}
# As run; fails unless the answer matches the pattern given first. Leaves the answer in ANSWER.
expect() {
  local pattern=$1
  shift
  ANSWER=$(run "$@" || true)
  printf '%s\n' "$ANSWER"
  grep -qiE "$pattern" <<<"$ANSWER" || die "expected /$pattern/"
}
address() { grep -oiE 'deployed code at address:? *0x[0-9a-f]{40}' <<<"$ANSWER" | grep -oiE '0x[0-9a-f]{40}' | head -n 1; }

wallet=(--endpoint "$rpc" --private-key "$key")
say "\$ cargo stylus --version: $(cargo-stylus stylus --version)"
expect 'wasm data fee|already activated' stylus check --endpoint "$rpc" --wasm-file "$wasm"

# A module that a program may not be: its memory can grow, and nothing pays for it.
printf '\0asm\1\0\0\0\1\6\1`\1\177\1\177\3\2\1\0\5\4\1\1\1\2\7\34\2\6memory\2\0\17user_entrypoint\0\0\12\6\1\4\0A\0\13' >"$work/broken.wasm"
expect 'pay_for_memory_grow|missing.*entrypoint' stylus check --endpoint "$rpc" --wasm-file "$work/broken.wasm"

expect 'deployed code at address' stylus deploy "${wallet[@]}" --no-verify --wasm-file "$wasm" --no-activate
program=$(address)
expect 'successfully activated|contract activated' stylus activate "${wallet[@]}" --address "$program"
expect 'deployed code at address' stylus deploy "${wallet[@]}" --no-verify --wasm-file "$wasm"
expect 'cache|cached' stylus cache status --endpoint "$rpc" --address "$program"
expect 'bid' stylus cache suggest-bid --endpoint "$rpc" "$program"
expect 'cached|bid' stylus cache bid "${wallet[@]}" "$program" 0
expect 'cache' stylus cache status --endpoint "$rpc" --address "$program"
expect 'interface' stylus export-abi

say "\$ cast call $program 'decimals()(uint8)'"
[[ $(cast call --rpc-url "$rpc" "$program" 'decimals()(uint8)') == 18 ]] || die "the program does not answer"
say 18
say "cargo-stylus: all as expected"
