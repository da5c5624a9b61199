#!/bin/bash
# check_wheel.sh WHEEL: what must hold of a wheel whatever it was built on: how large it is, what it asks of a system, that each library in
# it has its licence there, and that nothing names a folder of this machine.
set -euo pipefail
shopt -s nullglob
wheel=$(realpath "${1:?wheel}")
cd "$(dirname "$0")/.."
# What Ubuntu 22.04 and JetPack 6 have.
newest=(GLIBC_2.35 GLIBCXX_3.4.30)
most_bytes=30000000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m zipfile -e "$wheel" "$work"
failed=0
fail() { printf 'check_wheel: %s: %s\n' "${wheel##*/}" "$*" >&2; failed=1; }

bytes=$(stat -c %s "$wheel")
[[ $bytes -lt $most_bytes ]] || fail "has $bytes bytes, expected less than $most_bytes"
mapfile -t libraries < <(find "$work" -type f \( -name '*.so*' -o -path '*/bin/*' \))
asked=()
for most in "${newest[@]}"; do
  found=$(readelf -VW "${libraries[@]}" | grep -oE "\<${most%%_*}_[0-9.]+" | sort -Vu | tail -n 1 || true)
  [[ -n $found ]] || fail "has nothing that asks for ${most%%_*}"
  [[ $(printf '%s\n%s\n' "$found" "$most" | sort -V | tail -n 1) == "$most" ]] || fail "asks for $found, expected at most $most"
  asked+=("$found")
done
for library in "$work"/amsel.libs/*; do
  name=$(basename "$library" | sed -E 's/[-.].*//')
  compgen -G "$work/amsel/licenses/$name*.txt" >/dev/null || fail "has no licence of $name"
done
for licence in opencv/LICENSE opencv/libwebp-COPYING libssl-dev.txt libsodium-dev.txt; do
  [[ -s $work/amsel/licenses/$licence ]] || fail "has no amsel/licenses/$licence"
done
for folder in "$PWD" "$HOME" "${XDG_CACHE_HOME:-$HOME/.cache}"; do
  [[ -z $folder || $folder == / ]] || ! (cd "$work" && grep -rlF "$folder/" .) || fail "these name $folder"
done
[[ $failed == 0 ]] && printf 'wheel: %s, %s bytes (unpacked %s), %s and newer\n' "$wheel" "$bytes" "$(du -sb "$work" | cut -f 1)" "${asked[*]}"
exit $failed
