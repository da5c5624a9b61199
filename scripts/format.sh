#!/bin/bash
# format.sh -i | --check: clang-format over every C++ file that git tracks or would track.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  -i) options=(-i) ;;
  --check) options=(--dry-run -Werror) ;;
  *) echo 'usage: format.sh -i | --check' >&2; exit 2 ;;
esac
# A file that was deleted and not yet staged is listed too; `ls` knows better.
mapfile -t files < <(git ls-files -co --exclude-standard -- '*.h' '*.hpp' '*.c' '*.cc' '*.cpp' | xargs -r ls -d 2>/dev/null)
clang-format-19 "${options[@]}" "${files[@]}"
printf 'note: %d files\n' "${#files[@]}"
