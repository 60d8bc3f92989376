#!/usr/bin/env bash
# Finds what the project needs and installs what is missing, when that is allowed.
# Where it is not allowed it prints the exact command to type and ends with status 1.
#
#   ./setup.sh rust   a C compiler and Rust
#   ./setup.sh run    the same, and Node
#   ./setup.sh test   the same, and Chromium with Chinese letters (the default)
set -euo pipefail
cd "$(dirname "$0")"

scope=${1:-test}
case $scope in rust | run | test) ;; *) sed -n '2,7p' "$0" >&2; exit 2 ;; esac

mkdir -p .setup
stamp=.setup/done-$scope
export PATH="$PWD/.setup/node/node_modules/.bin:$HOME/.cargo/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

# Vite 8.3 wants Node ^20.19 or 22.12 and newer.
node_fits() {
  has node || return 1
  local major minor
  IFS=. read -r major minor _ <<<"$(node --version 2>/dev/null | tr -d v)"
  [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]] || return 1
  ((major == 20 && minor >= 19)) || ((major == 22 && minor >= 12)) || ((major > 22))
}

has_chinese_letters() { has fc-list && [ -n "$(fc-list :lang=zh family | head -n 1)" ]; }

# Everything that this scope wants, asked again each time: it takes a tenth of a second.
complete() {
  has git && has make && has curl && has cc && has pkg-config && has cargo && has rustc || return 1
  [ "$scope" = rust ] && return 0
  node_fits && has npm || return 1
  [ "$scope" = run ] && return 0
  has chromium && has_chinese_letters
}

if [ -e "$stamp" ] && [ "$stamp" -nt setup.sh ] && [ "$stamp" -nt rust-toolchain.toml ] && complete; then
  exit 0
fi

# --- Debian's packages ------------------------------------------------------------------------
wanted=()
has git || wanted+=(git)
has make || wanted+=(make)
has curl || wanted+=(curl ca-certificates)
has cc || wanted+=(build-essential)
has pkg-config || wanted+=(pkg-config)
if [ "$scope" != rust ] && ! has npm; then wanted+=(npm); fi
if [ "$scope" = test ]; then
  has chromium || wanted+=(chromium)
  has_chinese_letters || wanted+=(fontconfig fonts-noto-cjk)
fi

if [ ${#wanted[@]} -gt 0 ]; then
  by_hand="sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${wanted[*]}"
  has sudo || by_hand="su -c 'apt-get update && apt-get install --yes --no-install-recommends ${wanted[*]}'"
  as_root=()
  if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
  if ! has apt-get; then
    say "this system has no apt-get; install these by its own means, then try again: ${wanted[*]}" >&2
    exit 1
  fi
  if [ ${#as_root[@]} -gt 0 ] && ! { has sudo && sudo -n true 2>/dev/null; }; then
    say "missing: ${wanted[*]}; installing needs a password. Type this, then try again:" >&2
    printf '\n  %s\n\n' "$by_hand" >&2
    exit 1
  fi
  say "installing ${wanted[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" apt-get install --yes -qq --no-install-recommends "${wanted[@]}"; } >.setup/apt.log 2>&1; then
    tail -n 20 .setup/apt.log >&2
    say "apt-get failed (all of it: .setup/apt.log). Type this, then try again:" >&2
    printf '\n  %s\n\n' "$by_hand" >&2
    exit 1
  fi
fi

# --- Rust -------------------------------------------------------------------------------------
channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
if has rustup; then
  # Inside this folder rustup follows rust-toolchain.toml.
  if ! rustup run "$channel" rustc --version >/dev/null 2>&1 ||
    ! rustup run "$channel" cargo clippy --version >/dev/null 2>&1 ||
    ! rustup run "$channel" cargo fmt --version >/dev/null 2>&1; then
    say "installing Rust $channel"
    rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt
  fi
elif has cargo; then
  found=$(rustc --version | awk '{print $2}')
  oldest=$(printf '%s\n%s\n' "$channel" "$found" | sort -V | head -n 1)
  if [ "$oldest" != "$channel" ]; then
    say "Rust $found is older than $channel. Type this, then try again:" >&2
    printf "\n  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal\n\n" >&2
    exit 1
  fi
else
  say "Rust is missing. Type this, then try again:" >&2
  printf "\n  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal\n\n" >&2
  exit 1
fi

# --- Node -------------------------------------------------------------------------------------
if [ "$scope" != rust ] && ! node_fits; then
  say "Node $(node --version 2>/dev/null || echo none) does not fit; installing Node 22 into .setup/node"
  mkdir -p .setup/node
  quiet=(--no-audit --no-fund --loglevel=error --prefix .setup/node)
  # The package `node` fetches the program by a script; where scripts are off, the program's own package does.
  case $(uname -m) in aarch64 | arm64) arch=arm64 ;; *) arch=x64 ;; esac
  npm install "${quiet[@]}" node@22 npm@11 || true
  if ! node_fits; then
    npm install "${quiet[@]}" "node-linux-$arch@22" npm@11
    mkdir -p .setup/node/node_modules/.bin
    ln -sf "../node-linux-$arch/bin/node" .setup/node/node_modules/.bin/node
  fi
  hash -r
  if ! node_fits; then
    say "Node 22 could not be installed; install Node 22.12 or newer by hand (https://nodejs.org)" >&2
    exit 1
  fi
fi

if ! complete; then
  say "something is still missing; needed are git, make, curl, cc, pkg-config, cargo, and for this scope ($scope) node, npm, chromium and a Chinese font" >&2
  exit 1
fi
touch "$stamp"
say "ready ($scope): $(rustc --version | cut -d' ' -f1,2)$([ "$scope" = rust ] || printf ', node %s' "$(node --version)")"
