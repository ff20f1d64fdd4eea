#!/usr/bin/env bash
# Real clients against a development chain: cast, cargo-stylus and viem, one after the other.
#
#   scripts/clients/run.sh            starts `escapement devnet` for itself
#   scripts/clients/run.sh --record   also writes docs/transcripts/clients.txt
#   RPC=http://... scripts/clients/run.sh   uses that chain
set -euo pipefail
. "$(dirname "$0")/../env.sh"
[[ -n ${RPC:-} ]] || start_devnet
here=$ROOT/scripts/clients
log=$(mktemp)

# Addresses of the machine and the noise of its load are no part of the record.
clean() {
  sed -u "s/\x1b\[[0-9;]*m//g; s|$RPC|\$RPC|g; s|$ROOT/||g; s/^[0-9T:.-]*Z INFO/INFO/; /^logsBloom/d" |
    grep --line-buffered -vE '^ *(Compiling|Downloading|Downloaded|Updating|Blocking|Finished|Locking|Adding) |^File used for deployment hash' || true
}

status=0
{
  for client in cast.sh cargo-stylus.sh viem.mjs; do
    printf '\n==== scripts/clients/%s $RPC\n\n' "$client"
    case $client in
      *.mjs) node "$here/$client" "$RPC" 2>&1 || echo "FAILED: $client" ;;
      *) "$here/$client" "$RPC" 2>&1 || echo "FAILED: $client" ;;
    esac
  done
} | clean | tee "$log"
if grep -q '^FAILED' "$log"; then status=1; fi
if [[ ${1:-} == --record && $status == 0 ]]; then
  mkdir -p "$ROOT/docs/transcripts"
  {
    echo "What scripts/clients/run.sh printed, with cast $(cast --version | head -n 1 | sed 's/.*: //'), cargo-stylus $CARGO_STYLUS_VERSION and viem $(node -p "require('$ROOT/scripts/node_modules/viem/package.json').version")."
    cat "$log"
  } >"$ROOT/docs/transcripts/clients.txt"
fi
rm -f "$log"
exit "$status"
