#!/usr/bin/env bash
# Builds everything and runs every test.
# usage: tests/run.sh [step...]
# A step is "format", "tidy" or a preset of CMakePresets.json. Without one: format, release, debian,
# asan-ubsan, tsan and fuzz.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in
  -*)
    sed -n '2,5s/^# //p' tests/run.sh >&2
    exit 2
    ;;
esac
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(format release debian asan-ubsan tsan fuzz)

cmake/install-deps.sh test
jobs=$(nproc)
# Clones in different folders share what ccache keeps.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# All steps share one set of servers: where one needs them, what follows runs beside them.
for step in "${steps[@]}"; do
  case $step in
    format | tidy | fuzz) ;;
    *) [ -n "${OUTDIAL_TEST_REDIS_PORT:-}" ] || exec tests/with-servers.sh tests/run.sh "${steps[@]}" ;;
  esac
done

check_format() {
  find core ports adapters apps tests \( -name '*.h' -o -name '*.cc' \) -print0 |
    xargs -0 clang-format-14 --dry-run -Werror
}

run_tidy() {
  # Everything, because it reads generated headers too.
  cmake --preset release >/dev/null &&
    cmake --build --preset release --parallel "$jobs" &&
    cmake --build --preset release --target clang-tidy
}

# usage: run_preset <preset> [command prefix...]
run_preset() {
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null &&
    "$@" cmake --build --preset "$preset" --parallel "$jobs" &&
    "$@" ctest --preset "$preset" --parallel "$jobs"
}

run_step() {
  case $1 in
    format) check_format ;;
    tidy) run_tidy ;;
    tsan)
      # Where the kernel randomises addresses more than the sanitizer's memory layout allows, its
      # programs do not start.
      if setarch -R true 2>/dev/null; then
        run_preset tsan setarch -R
      else
        run_preset tsan
      fi
      ;;
    *) run_preset "$1" ;;
  esac
}

summary=()
failed=0
for step in "${steps[@]}"; do
  echo "== $step"
  SECONDS=0
  if run_step "$step"; then
    summary+=("passed  $step (${SECONDS} s)")
  else
    summary+=("FAILED  $step (${SECONDS} s)")
    failed=1
  fi
done

echo
printf '%s\n' "${summary[@]}"
exit "$failed"
