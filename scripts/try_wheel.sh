#!/bin/bash
# try_wheel.sh WHEEL: the wheel as users install it, outside the checkout: in a fresh virtual environment of every CPython from 3.10 on that
# is here (on the PATH, or of pyenv) it imports and its program runs; in that of the oldest and the newest all of python/tests pass, and
# mypy --strict has nothing to say of the package.
# One for 64-bit Arm is tried by try_wheel_arm64.sh where this machine is none.
set -euo pipefail
wheel=$(realpath "${1:?wheel}")
root=$(cd "$(dirname "$0")/.." && pwd)
[[ $wheel != *_aarch64.whl || $(uname -m) == aarch64 ]] || exec "$root/scripts/try_wheel_arm64.sh" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

pythons=()
for version in 3.10 3.11 3.12 3.13 3.14; do
  # pyenv puts programs on the PATH that only say which version to choose.
  for found in $(compgen -G "$HOME/.pyenv/versions/$version.*/bin/python" | tail -n 1) "python$version"; do
    "$found" -c '' 2>/dev/null && pythons+=("$found") && break
  done
done
[[ ${#pythons[@]} -gt 0 ]] || { echo 'try_wheel: there is no CPython of 3.10 or newer' >&2; exit 1; }

for at in "${!pythons[@]}"; do
  python=${pythons[$at]}
  "$python" -m venv --clear venv
  venv/bin/python -m pip -q --disable-pip-version-check install "$wheel" onnxruntime
  printf '%s: ' "$(venv/bin/python --version)"
  venv/bin/python -c 'import amsel, onnxruntime; print("amsel", amsel.__version__, "with ONNX Runtime", onnxruntime.__version__, end="; ")'
  venv/bin/amsel --version
  if [[ $at == 0 || $at == $((${#pythons[@]} - 1)) ]]; then
    venv/bin/python -m pip -q --disable-pip-version-check install pytest pillow pandas pyarrow mypy
    PYTHONDONTWRITEBYTECODE=1 venv/bin/python -m pytest -q -p no:cacheprovider "$root/python/tests"
    venv/bin/python -m mypy --config-file "$root/python/pyproject.toml" --cache-dir /dev/null -p amsel
  fi
done
