#!/usr/bin/env bash
# Packs the release binary, the packs and the papers into target/package/jingwei-VERSION-HOST.tar.gz.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' Cargo.toml)
host=$(rustc -vV | sed -n 's/^host: //p')
name=jingwei-$version-$host
rm -rf "target/package/$name"
mkdir -p "target/package/$name"
cp target/release/jingwei LICENSE README.md CHANGELOG.md SECURITY.md "target/package/$name/"
cp -r packs docs "target/package/$name/"
# The same tree gives the same archive: names sorted, owners and times fixed.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='2026-01-01 00:00Z' \
  -C target/package -czf "target/package/$name.tar.gz" "$name"
(cd target/package && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
