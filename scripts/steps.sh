# shellcheck shell=bash
# Sourced by check.sh and soak.sh: `step NAME COMMAND...` runs, times and counts; the rest are the commands that both use.
jobs=${JOBS:-$(nproc)}
logs=.cache/check
passed=0 failed=0

# One line a step; its output goes to a log, of which a failure shows the errors and the end. `note: …` in the log stands beside the result.
step() {
  local name=$1 start=$SECONDS status note
  shift
  mkdir -p "$logs"
  printf '%-12s ' "$name"
  # Not `if (...)`: that would switch -e off inside.
  set +e
  (set -e; "$@") >"$logs/$name.log" 2>&1
  status=$?
  set -e
  note=$(grep -E '^(note: |[0-9]+% tests passed)' "$logs/$name.log" | sed 's/^note: //' | paste -sd ';' | sed 's/;/; /g' || true)
  if [[ $status == 0 ]]; then
    passed=$((passed + 1))
    printf 'ok      %4d s  %s\n' $((SECONDS - start)) "$note"
  else
    failed=$((failed + 1))
    printf 'FAILED  %4d s  %s (%s)\n' $((SECONDS - start)) "$note" "$logs/$name.log"
    excerpt "$logs/$name.log" | cut -c -300 | sed 's/^/    /'
  fi
}

# What went wrong, which a compiler's notes may bury, and the end.
excerpt() {
  grep -m 15 -E 'error: |ERROR: |FAILED|WARNING: ThreadSanitizer|SUMMARY: ' "$1" || true
  echo ...
  tail -n 30 "$1"
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [[ $failed == 0 && $passed != 0 ]]
}

# sanitized PRESET LABELS TARGETS [ctest arguments]: builds TARGETS (one a line) of it and runs their tests but those with LABELS.
# Suppressions name third parties only.
sanitized() {
  local preset=$1 labels=$2 targets
  mapfile -t targets <<<"$3"
  shift 3
  cmake --preset "$preset"
  cmake --build --preset "$preset" -j "$jobs" --target "${targets[@]}"
  sanitizer_options
  ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" -LE "$labels" -E NOT_BUILT "$@"
}

# Every unit test program.
unit_tests() {
  find src -name '*_test.cc' | cut -d/ -f2 | sort -u | sed 's/$/_test/'
  echo allocation_test
}

# threaded [device]: the test programs of the folders of src/ in which threads start or meet; of those alone that go on a device.
threaded() {
  local on_device
  on_device=$(sed -n '/^if(NOT AMSEL_DEVICE_ONLY)/q; s/^amsel_layer(\([a-z]*\) .*/\1/p' CMakeLists.txt)
  grep -lrE 'std::(thread|mutex|atomic|async)|MutexLock|ParallelFor' src --include=*.cc --include=*.h | cut -d/ -f2 | sort -u |
    while read -r folder; do
      [[ -n $(find "src/$folder" -name '*_test.cc' -print -quit) ]] || continue
      [[ ${1:-} != device ]] || grep -qx "$folder" <<<"$on_device" || continue
      echo "${folder}_test"
    done
}

sanitizer_options() {
  local here=$PWD/scripts/sanitizers common
  common=external_symbolizer_path=$(command -v llvm-symbolizer-19)
  export ASAN_OPTIONS=$common:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
  export LSAN_OPTIONS=suppressions=$here/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=$common:print_stacktrace=1
  export TSAN_OPTIONS=$common:suppressions=$here/tsan.supp:halt_on_error=1:second_deadlock_stack=1
}

# tidy UNITY: configured with clang's own flags, never built. ON: sources by the dozen, as they are compiled, in a quarter of the time;
# OFF: each by itself and without precompiled headers, so that one which forgot an include is found out.
tidy() {
  cmake --preset dev -B build/tidy -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DCCACHE=OFF \
    -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_UNITY_BUILD="$1"
  scripts/tidy.py -j "$jobs" build/tidy
}

# fuzz SECONDS: each target of the asan-ubsan build for so long, `jobs` at once. What it finds stays in .cache/fuzz.
fuzz() {
  local targets
  mapfile -t targets < <(basename -s .cc fuzz/fuzz_*.cc)
  cmake --preset asan-ubsan
  cmake --build --preset asan-ubsan -j "$jobs" --target "${targets[@]}"
  sanitizer_options
  printf '%s\0' "${targets[@]}" | xargs -0 -P "$jobs" -I{} scripts/fuzz_one.sh build/asan-ubsan/fuzz/{} "$1"
  printf 'note: %d targets, %d s each\n' "${#targets[@]}" "$1"
}
