#!/bin/bash
# fetch_npm.sh PACKAGE@VERSION SHA512 FOLDER: unpacks one npm package, pinned by hash, and nothing that it depends on.
set -euo pipefail
cd "$(dirname "$0")/.."
package=${1:?package} sha512=${2:?hash} folder=${3:?folder}
# shellcheck source=scripts/fetching.sh
. scripts/fetching.sh
fetch_begin "$folder" "$package $sha512" "$package"
fetch_package "$package" "$sha512"
tar xzf "$archive" -C "$out" --strip-components=1 --no-same-owner
fetch_end
