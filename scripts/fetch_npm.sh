#!/bin/bash
# fetch_npm.sh PACKAGE@VERSION SHA512 FOLDER: unpacks one npm package, pinned by hash, and nothing that it depends on.
# FOLDER appears whole or not at all. Called by setup.sh, which holds the lock.
set -euo pipefail
cd "$(dirname "$0")/.."
package=${1:?package} sha512=${2:?hash} folder=${3:?folder}
stamp="$package $sha512"

[[ ! -f $folder/stamp || $(<"$folder/stamp") != "$stamp" ]] || exit 0

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
printf 'setup: fetching %s into %s\n' "$package" "$folder"
mkdir -p "$(dirname "$folder")" .deps/log
rm -rf "$folder".tmp.*
tmp=$(mktemp -d "$folder.tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

(cd "$tmp" && npm pack --silent "$package") >.deps/log/npm.log 2>&1 ||
  die "npm could not fetch the package $package (see .deps/log/npm.log)"
archive=$(printf '%s\n' "$tmp"/*.tgz)
[[ $(openssl dgst -sha512 -binary "$archive" | base64 -w0) == "$sha512" ]] ||
  die "the package $package is not the one this version of amsel was made with (its SHA-512 differs)"
mkdir "$tmp/out"
tar xzf "$archive" -C "$tmp/out" --strip-components=1 --no-same-owner
printf '%s\n' "$stamp" >"$tmp/out/stamp"
rm -rf "$folder"
mv "$tmp/out" "$folder"
