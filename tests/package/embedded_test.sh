#!/usr/bin/env bash
# Builds outdial as a part of somebody's project, and a program of that project.
# usage: embedded_test.sh <source folder> <compiler> <compiler launcher, or nothing>
set -euo pipefail

source=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# With the flags of the presets, so that a compiler cache knows much of it.
cmake -S "$source/tests/package/embedded" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS_RELEASE=-O2 -DCMAKE_CXX_COMPILER="$2" -DCMAKE_CXX_COMPILER_LAUNCHER="${3:-}" \
  -DOUTDIAL_SOURCE_DIR="$source" -DOUTDIAL_WARNINGS_AS_ERRORS=ON >/dev/null
cmake --build "$folder" --target claim_in_memory
"$folder/claim_in_memory" | grep '1 claimed'
