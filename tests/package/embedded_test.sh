#!/usr/bin/env bash
# Builds outdial as a part of somebody's project, and a program of that project.
# usage: embedded_test.sh <source folder> <compiler> <compiler launcher, or nothing>
set -euo pipefail

source=$1
compiler=$2
launcher=${3:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# usage: embed <folder> [option...]
embed() {
  local build=$folder/$1
  shift
  # With the flags of the presets, so that a compiler cache knows much of it.
  cmake -S "$source/tests/package/embedded" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS_RELEASE=-O2 -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" \
    -DOUTDIAL_SOURCE_DIR="$source" -DOUTDIAL_WARNINGS_AS_ERRORS=ON "$@" >/dev/null
}

# usage: claim <folder>
claim() {
  cmake --build "$folder/$1" --target claim_in_memory
  "$folder/$1/claim_in_memory" | grep '1 claimed'
}

echo "== with everything"
embed everything -DEXPECTED_ADAPTERS=all

echo "== with programs, whose targets have names of outdial as well"
embed programs -DOUTDIAL_BUILD_APPS=ON -DEXPECTED_PROGRAMS="outdial-control;outdial-manager;outdial-reference"

echo "== with the contract suites, over the adapter in adapters/README.md"
sed -n '/^```cpp$/,/^```$/{/^```/!p}' "$source/adapters/README.md" >"$folder/own_clock_contract_test.cc"
embed contract -DOUTDIAL_ADAPTERS= -DOUTDIAL_CONTRACT_SUITE=ON \
  -DCLOCK_CONTRACT_TEST="$folder/own_clock_contract_test.cc"
cmake --build "$folder/contract" --target own_clock_contract_test
"$folder/contract/own_clock_contract_test"

echo "== with an adapter and what it needs"
embed sqlite -DOUTDIAL_ADAPTERS=sqlite -DEXPECTED_ADAPTERS="memory;sql;sqlite;system;wire"

echo "== with Abseil alone, in a project that hides its symbols"
# With shared libraries what is not exported is found to be missing.
for shared in OFF ON; do
  embed "abseil-$shared" -DOUTDIAL_ADAPTERS= -DEXPECTED_ADAPTERS="memory;system" -DEXPECTED_PACKAGES="absl;Threads" \
    -DBUILD_SHARED_LIBS=$shared -DCMAKE_CXX_VISIBILITY_PRESET=hidden -DCMAKE_CXX_FLAGS=-fvisibility=hidden
  claim "abseil-$shared"
done
