#!/usr/bin/env bash
# The closed loop on compiled contracts, from nothing: installs the tools, builds the contracts and the host programs,
# starts an embedded chain, and runs `escapement demo`. Arguments are passed on: see `scripts/demo.sh --help`.
set -euo pipefail
. "$(dirname "$0")/env.sh"
# To the error stream, so that `--json` leaves nothing but JSON on the output.
"$ROOT/scripts/setup.sh" build >&2
"$ROOT/scripts/build.sh" "${CONTRACTS[@]}" >&2
say "building the host programs" >&2
program=$(host_program escapement) || die "the host programs do not build"
cd "$ROOT"
exec "$program" demo "$@"
