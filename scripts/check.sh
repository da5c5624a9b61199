#!/bin/bash
# check.sh [STEP...]: what `make check` runs: format tidy asan-ubsan fuzz tsan arm64, or those named.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/steps.sh
. scripts/steps.sh

all=(format tidy asan-ubsan fuzz tsan arm64)
[[ $# -gt 0 ]] || set -- "${all[@]}"
for name in "$@"; do
  case $name in
    format) step format scripts/format.sh --check ;;
    tidy) step tidy tidy ON ;;
    # All layers have unit tests; the verbs, which have end-to-end tests alone, are left to `make soak`.
    asan-ubsan) step asan-ubsan sanitized asan-ubsan 'layout|e2e' "$(unit_tests)" ;;
    fuzz) step fuzz fuzz 10 ;;
    # Learning shares out its work by one function, which has tests below; describe has sessions run side by side by it. `make soak`
    # runs all.
    tsan) step tsan sanitized tsan 'layout|e2e' "$(threaded device; echo describe_test)" ;;
    arm64) step arm64 scripts/arm64.sh smoke ;;
    *) printf 'no step %s (have: %s)\n' "$name" "${all[*]}" >&2; exit 2 ;;
  esac
done
finish
