#!/usr/bin/env bash
# Builds the web pages into portal/dist, when a source is newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/../portal"

# npm ci deletes and fetches everything: only when the lock file changed.
if [ ! -e node_modules/.ready ] || [ package-lock.json -nt node_modules/.ready ]; then
  echo "portal: fetching packages"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.ready
fi
if [ "${1:-}" != --packages ] && { [ ! -e dist/index.html ] ||
  [ -n "$(find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -newer dist/index.html -print -quit)" ]; }; then
  echo "portal: building pages"
  npm run --silent build
fi
