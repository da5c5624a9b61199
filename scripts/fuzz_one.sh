#!/bin/bash
# fuzz_one.sh PROGRAM SECONDS: runs one fuzz target on its seeds (fuzz/corpus/<name>/, for pictures tests/data/images/ too) and on what earlier runs found.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?program} seconds=${2:?seconds}
name=$(basename "$program")
found=.cache/fuzz/$name
mkdir -p "$found/corpus"
corpora=("$found/corpus")
[[ ! -d fuzz/corpus/$name ]] || corpora+=("fuzz/corpus/$name")
[[ $name != fuzz_image ]] || corpora+=(tests/data/images)
"$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$found/" "${corpora[@]}" \
  >"$found/log" 2>&1 || { tail -n 60 "$found/log"; echo "$name FAILED (input and log in $found)"; exit 1; }
grep -E '^Done ' "$found/log" | sed "s/^/$name: /"
