#!/usr/bin/env bash
# How much of the law its own tests hold: changes src/core one operator, match arm or function body at a time and sees
# whether a test notices. Not part of test.sh: it takes one to three hours on two cores.
#
#   scripts/mutants.sh            everything, shard after shard, then the score
#   scripts/mutants.sh 3/10       one shard; shards are spread evenly over the code
#   scripts/mutants.sh score      the score of the shards that have run, and every survivor not yet explained
#
# Results are in target/mutants/<shard>/mutants.out (MUTANTS_OUT names another folder). A survivor is a missing test, dead
# code, or listed in docs/mutants.md with the reason why no test could tell it from the original. Only the unit tests of
# the crate count, with few cases of each property and a fixed seed, so that a run is cheap and can be repeated.
set -euo pipefail
. "$(dirname "$0")/env.sh"
SHARDS=10
OUT=${MUTANTS_OUT:-$ROOT/target/mutants}

tool() {
  [[ $(cargo-mutants mutants --version 2>/dev/null) == *" $CARGO_MUTANTS_VERSION" ]] && return
  say "cargo-mutants $CARGO_MUTANTS_VERSION: compiling, a few minutes"
  (cd "$ROOT/host" && CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR=$TOOLS/build cargo install "cargo-mutants@$CARGO_MUTANTS_VERSION" --locked --root "$TOOLS" --quiet)
  rm -rf "$TOOLS/build"
}

run() { # k/n
  local dir=$OUT/${1/\//-of-} status=0
  mkdir -p "$dir"
  (
    cd "$ROOT"
    # No debug information, little optimisation of the crate itself: build and tests together are fastest so. No shrinking,
    # and without the one test that measures other tests instead of the law: it would take most of the time.
    export CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=1 PROPTEST_CASES=48 PROPTEST_MAX_SHRINK_ITERS=0 \
      PROPTEST_RNG_SEED=1 PROPTEST_DISABLE_FAILURE_PERSISTENCE=true
    # One build folder for all shards: the dependencies are compiled once.
    export CARGO_TARGET_DIR=$OUT/build
    nice -n 15 cargo-mutants mutants --package escapement-core --shard "$1" --sharding round-robin --jobs 1 \
      --cargo-arg=--locked --cargo-arg=--lib --cargo-arg='--config=profile.dev.package.escapement-core.opt-level=1' \
      --timeout-multiplier 5 --minimum-test-timeout 30 --no-times --output "$dir" "${@:2}" -- -- --skip state_13
  ) || status=$?
  # 2: some mutants survived, 3: some ran into the time limit. Both are told by the score.
  ((status == 0 || status == 2 || status == 3)) || die "cargo-mutants ended with $status"
}

# Names of mutants without their place in the file, which moves with every edit.
names() { sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' | sort; }
count() { cat "$OUT"/*/mutants.out/"$1".txt 2>/dev/null | wc -l; }

score() {
  compgen -G "$OUT/*/mutants.out" >/dev/null || die "nothing has run yet in $OUT"
  local caught missed timeout unviable unexplained
  caught=$(count caught) missed=$(count missed) timeout=$(count timeout) unviable=$(count unviable)
  # Each line of the list explains one survivor of that name.
  unexplained=$(comm -23 <(cat "$OUT"/*/mutants.out/missed.txt | names) \
    <(sed -nE 's/^- `([^`]+)`.*/\1/p' "$ROOT/docs/mutants.md" | sort))
  awk -v c="$caught" -v m="$missed" -v t="$timeout" -v u="$unviable" 'BEGIN {
    n = c + m + t
    printf "%d mutants that compile: %d caught, %d ran into the time limit, %d survived; %.1f %% noticed (%d did not compile)\n",
      n, c, t, m, n ? 100 * (c + t) / n : 0, u
  }'
  [[ -z $unexplained ]] && { say "every survivor is explained in docs/mutants.md"; return; }
  say "survivors not explained in docs/mutants.md:"
  say "$unexplained"
  return 1
}

case ${1:-all} in
  score) score ;;
  all)
    tool
    for ((shard = 0; shard < SHARDS; shard++)); do run "$shard/$SHARDS"; done
    score
    ;;
  */*) tool; run "$@" ;;
  *) die "unknown argument '$1': use k/n, 'score', or nothing" ;;
esac
