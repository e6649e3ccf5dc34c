#!/usr/bin/env bash
# What building costs: the core with its ports and the memory adapters from nothing, on two cores and
# without a compiler cache; and what a change in one adapter builds anew.
# usage: tests/bench/build_benchmark.sh
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CCACHE_DISABLE=1
missed=0

# usage: check <goal> <command...>
check() {
  local goal=$1
  shift
  if "$@"; then
    echo "PASS  $goal"
  else
    echo "FAIL  $goal"
    missed=1
  fi
}

# A copy, because its files are touched.
cp -r "$source"/{CMakeLists.txt,core,ports,adapters,cmake} "$folder"
cmake -S "$folder" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DOUTDIAL_ADAPTERS= -DOUTDIAL_BUILD_APPS=OFF -DOUTDIAL_BUILD_TESTS=OFF >/dev/null

start=$(date +%s)
cmake --build "$folder/build" -j2 --target outdial_core outdial_memory >/dev/null
seconds=$(($(date +%s) - start))
echo "core, ports and memory, from nothing: $seconds s"
check "core, ports and memory: under 40 s" [ "$seconds" -lt 40 ]

cmake --build "$folder/build" -j2 >/dev/null
touch "$folder/adapters/memory/src/cache.cc"
steps=$(cmake --build "$folder/build" -- -n | grep '^\[')
echo "$steps"
check "a change in one file: that is compiled, its library is made, and nothing else" \
  [ "$(wc -l <<<"$steps")" -eq 2 ]
exit "$missed"
