#!/usr/bin/env bash
# Builds everything as C++20 and as C++23 with each GCC and Clang of this machine, or those that are
# named, where a warning is an error, and runs the tests that need no server.
# usage: tests/toolchains.sh [compiler...]        e.g. tests/toolchains.sh g++-14 clang++-19
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
cmake/install-deps.sh compile-tests
compilers=("$@")
if [ ${#compilers[@]} -eq 0 ]; then
  mapfile -t compilers < <(compgen -c | grep -E '^(g|clang)\+\+-[0-9]+$' | sort -u)
fi

summary=()
failed=0
for compiler in "${compilers[@]}"; do
  for standard in 20 23; do
    folder=build-toolchains/$compiler-$standard
    if cmake -S . -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
      -DCMAKE_CXX_STANDARD=$standard -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
      -DOUTDIAL_WARNINGS_AS_ERRORS=ON >/dev/null &&
      cmake --build "$folder" --parallel "$(nproc)" &&
      ctest --test-dir "$folder" --label-regex '^(unit|contract)$' \
        --exclude-regex 'mysql|redis|rabbitmq' --output-on-failure >"$folder/ctest.log"; then
      summary+=("passed  $compiler, C++$standard: $(grep 'tests passed' "$folder/ctest.log")")
    else
      cat "$folder/ctest.log" || true
      summary+=("FAILED  $compiler, C++$standard")
      failed=1
    fi
  done
done

echo
printf '%s\n' "${summary[@]}"
exit "$failed"
