#!/usr/bin/env bash
# Builds the release binary and the benchmark, measures everything in one run, prints the table and writes it
# into docs/BENCHMARKS.md. Words after the script's name go on to the benchmark:
#
#   bench/run.sh                      everything; about five minutes on two free cores
#   bench/run.sh --only patch,mqtt    some; the page is left as it is
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --package jingwei --package bench
if [ $# -gt 0 ]; then
  exec target/release/bench run "$@"
fi
exec target/release/bench run --page docs/BENCHMARKS.md
