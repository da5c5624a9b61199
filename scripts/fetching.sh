# shellcheck shell=bash
# Sourced by fetch_*.sh, which put one third-party library into a folder of .deps/ that appears whole or not at all. They are
# called by setup.sh and arm64_sysroot.sh, which hold the lock, fetch_openvino.sh by `make openvino-plugin`, and fetch_exporters.sh by hand.

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# fetch_begin PREFIX STAMP WHAT: ends the script where PREFIX has this stamp already; else makes the folders $tmp and, in it, $out.
fetch_begin() {
  prefix=$1 stamp=$2
  [[ ! -f $prefix/stamp || $(<"$prefix/stamp") != "$stamp" ]] || exit 0
  printf 'setup: fetching %s into %s\n' "$3" "$prefix"
  mkdir -p "$(dirname "$prefix")" .deps/log
  rm -rf "$prefix".tmp.*
  tmp=$(mktemp -d "$prefix.tmp.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  out=$tmp/out
  mkdir "$out"
}

# own_pip ARGUMENTS...: pip in a venv of this checkout, as Debian's own Python refuses system-wide pip.
own_pip() {
  .deps/venv/bin/pip --version >/dev/null 2>&1 || python3 -m venv --clear .deps/venv ||
    die "python3 could not make the virtual environment .deps/venv (package python3-venv)"
  .deps/venv/bin/pip -q --disable-pip-version-check "$@" >.deps/log/pip.log 2>&1
}

# fetch_wheel PACKAGE==VERSION PIP-OPTION... <hashes, one a line: into $tmp.
fetch_wheel() {
  local requirement=$1
  shift
  { printf '%s' "$requirement"; sed 's/^/ --hash=/' | tr -d '\n'; echo; } >"$tmp/requirements.txt"
  own_pip --retries 2 download --require-hashes --no-deps --only-binary=:all: "$@" -r "$tmp/requirements.txt" -d "$tmp" ||
    die "pip could not fetch the package $requirement (see .deps/log/pip.log)"
}

# fetch_package PACKAGE@VERSION SHA512: an npm package, and nothing that it depends on; sets $archive.
fetch_package() {
  (cd "$tmp" && npm pack --silent "$1") >.deps/log/npm.log 2>&1 ||
    die "npm could not fetch the package $1 (see .deps/log/npm.log)"
  archive=$(printf '%s\n' "$tmp"/*.tgz)
  [[ $(openssl dgst -sha512 -binary "$archive" | base64 -w0) == "$2" ]] ||
    die "the package $1 is not the one this version of amsel was made with (its SHA-512 differs)"
}

# fetch_end: puts $out, which is whole, in its place.
fetch_end() {
  printf '%s\n' "$stamp" >"$out/stamp"
  rm -rf "$prefix"
  mv "$out" "$prefix"
}
