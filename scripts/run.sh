#!/usr/bin/env bash
# Starts the demonstration city and, as a separate process, its simulated devices.
# Ctrl-C stops both cleanly; the status is then 0. Starting again goes on where it stopped.
#
#   scripts/run.sh [--data DIR] [--listen-http A] [--listen-mqtt A] [--listen-hj212 A] [--no-simulate]
set -euo pipefail
cd "$(dirname "$0")/.."

# `make` itself dies of a Ctrl-C. In the foreground of a terminal the city therefore runs in a process
# group of its own, which alone receives the key: make then sees status 0.
read -r _ _ _ _ group _ _ foreground _ <"/proc/$$/stat"
if [ "$group" = "$foreground" ] && [ -z "${CITY_RUN_INNER:-}" ]; then
  set -m
  CITY_RUN_INNER=1 "$0" "$@"
  exit $?
fi

binary=${CITY_BIN:-target/debug/jingwei}
data=data
http=127.0.0.1:8080
simulate=yes
serve_args=()
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=$2; shift 2 ;;
    --listen-http) http=$2; serve_args+=("$1" "$2"); shift 2 ;;
    --listen-mqtt | --listen-hj212) serve_args+=("$1" "$2"); shift 2 ;;
    --no-simulate) simulate=no; shift ;;
    *) sed -n '2,5p' "$0" >&2; exit 2 ;;
  esac
done
# Who listens everywhere is asked at home.
ask=${http/#0.0.0.0:/127.0.0.1:}
[ -x "$binary" ] || { echo "run: $binary does not exist; type: make build" >&2; exit 1; }
mkdir -p "$data"

city=''
devices=''
stopping=''

# Ends one child and gives its status; ended by our own signal counts as 0.
finish() {
  local pid=$1 status=0
  kill -TERM "$pid" 2>/dev/null || true
  # A second signal interrupts `wait`: ask again until the child is really gone.
  while :; do
    status=0
    wait "$pid" || status=$?
    kill -0 "$pid" 2>/dev/null || break
  done
  case $status in 0 | 143) return 0 ;; *) return "$status" ;; esac
}

stop() {
  [ -z "$stopping" ] || return 0
  stopping=yes
  local status=0
  if [ -n "$devices" ]; then finish "$devices" || true; fi
  if [ -n "$city" ]; then finish "$city" || status=$?; fi
  if [ "$status" = 0 ]; then echo "run: stopped; \`make run\` goes on where it stopped"; fi
  exit "$status"
}
trap stop INT TERM HUP

# Each child gets a session of its own, so that a Ctrl-C reaches it once, in order, and through us.
setsid "$binary" serve --data "$data" --listen-http "$http" ${serve_args[@]+"${serve_args[@]}"} --demo </dev/null &
city=$!

tries=0
until curl --silent --fail --max-time 2 --output /dev/null "http://$ask/readyz"; do
  if ! kill -0 "$city" 2>/dev/null; then
    status=0
    wait "$city" || status=$?
    echo "run: the city stopped with status $status before it was ready" >&2
    exit $((status == 0 ? 1 : status))
  fi
  tries=$((tries + 1))
  if [ "$tries" -ge 600 ]; then
    echo "run: the city was not ready after two minutes" >&2
    finish "$city" || true
    exit 1
  fi
  sleep 0.2
done

if [ "$simulate" = yes ]; then
  setsid "$binary" simulate --against "${ask%:*}" --data "$data" </dev/null &
  devices=$!
fi
echo "run: the city is ready at http://$ask; Ctrl-C stops it"

# The city is what counts: without its devices it goes on, and says so. Without the one who started us
# (a `make` that was killed) it stops.
while kill -0 "$city" 2>/dev/null; do
  if [ -n "$devices" ] && ! kill -0 "$devices" 2>/dev/null; then
    status=0
    wait "$devices" || status=$?
    echo "run: the simulated devices stopped with status $status; the city goes on" >&2
    devices=''
  fi
  kill -0 "$PPID" 2>/dev/null || stop
  sleep 1 &
  wait $! || true
done
status=0
wait "$city" || status=$?
city=''
echo "run: the city stopped with status $status" >&2
if [ -n "$devices" ]; then finish "$devices" || true; fi
exit "$status"
