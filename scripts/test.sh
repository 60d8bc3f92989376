#!/usr/bin/env bash
# Every test of the project, in an order that fails early and builds each thing once.
# All steps run; the last line counts what passed and what failed.
set -uo pipefail
cd "$(dirname "$0")/.."

log=.setup/test.log
mkdir -p .setup
: >"$log"
failed_steps=()
begun=$SECONDS

# Linting while compiling saves a second pass over all dependencies. Dependencies are the same files
# that `make run` built: the wrapper concerns only our own crates.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
export CLIPPY_ARGS='-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__'
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

# step NAME COMMAND…: runs it, keeps its words in the log, and goes on when it fails.
step() {
  local name=$1 from=$SECONDS
  shift
  printf '\n== %s\n' "$name" | tee -a "$log"
  if "$@" 2>&1 | tee -a "$log"; then
    printf -- '-- %s: passed in %d s\n' "$name" $((SECONDS - from))
  else
    printf -- '-- %s: FAILED after %d s\n' "$name" $((SECONDS - from))
    failed_steps+=("$name")
  fi
}

# Sums what cargo, vitest and the browser tests say of themselves.
totals() {
  sed -E 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    /^test result:/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1) } next }
    /^ *Tests +/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1) } next }
    /^(e2e|j0): [0-9]+ passed/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1) } next }
    END { printf "%d %d\n", p, f }'
}

# The pages come first: the binary carries portal/dist inside.
step 'format' cargo fmt --all --check
step 'portal packages' scripts/portal.sh --packages
step 'portal types' npm --prefix portal run --silent check
step 'portal tests' npm --prefix portal run --silent test
step 'portal pages' npm --prefix portal run --silent build
# The browser's journey moves the clock; a binary that can is built beside the one that people run.
city_with_clock() {
  cargo build --package jingwei --features testkit && mkdir -p target/testkit && cp -f target/debug/jingwei target/testkit/
}
step 'city with a clock' city_with_clock
step 'lint and build' cargo build --workspace
step 'rust tests' cargo test --workspace --no-fail-fast
step 'tidy' cargo xtask tidy
step 'licences' cargo xtask licences
step 'openapi document' env CITY_BIN=target/debug/jingwei cargo xtask codegen --check
step 'packs' target/debug/jingwei pack check packs/*/
step 'browser' npm --prefix portal run --silent e2e
step 'journey J0 in the browser' npm --prefix portal run --silent j0

read -r passed failed <<<"$(totals)"
minutes=$(((SECONDS - begun) / 60))
printf '\n'
if [ ${#failed_steps[@]} -gt 0 ]; then
  printf 'failed steps: %s\n' "$(printf '%s, ' "${failed_steps[@]}" | sed 's/, $//')"
  # A step can fail without a test of its own: a lint, a type, a wall.
  if [ "$failed" = 0 ]; then failed=${#failed_steps[@]}; fi
fi
printf 'took %d min %d s; all output: %s\n' "$minutes" $(((SECONDS - begun) % 60)) "$log"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ ${#failed_steps[@]} -eq 0 ]
