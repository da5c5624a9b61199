#!/bin/bash
# format.sh -i | --check: clang-format over every C++ file that git tracks or would track.
set -euo pipefail
cd "$(dirname "$0")/.."
# A file that was deleted and not yet staged is listed too; `ls` knows better.
mapfile -t files < <(git ls-files -co --exclude-standard -- '*.h' '*.hpp' '*.c' '*.cc' '*.cpp' | xargs -r ls -d 2>/dev/null)
case ${1:-} in
  -i) clang-format-19 -i "${files[@]}" ;;
  --check)
    if ! faults=$(clang-format-19 --dry-run -Werror "${files[@]}" 2>&1); then
      echo 'lines to change, by file (make format changes them):'
      printf '%s\n' "$faults" | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error:.*/\1/p' | sort | uniq -c
      exit 1
    fi
    ;;
  *) echo 'usage: format.sh -i | --check' >&2; exit 2 ;;
esac
printf 'note: %d files\n' "${#files[@]}"
