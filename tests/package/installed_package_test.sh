#!/usr/bin/env bash
# Installs what was built, and uses it as somebody does who has nothing else.
# usage: installed_package_test.sh <source folder> <build folder>
set -euo pipefail

source=$1
build=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# usage: configure <folder of a project> [option...]
configure() {
  local project=$1
  shift
  cmake -S "$project" -B "$folder/$(basename "$project")" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" "$@"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
# Where they were made for /usr, shared libraries do not look beside themselves.
export LD_LIBRARY_PATH=$prefix/lib:$prefix/lib/$(gcc -dumpmachine)

echo "== the examples"
configure "$source/apps/examples" >/dev/null
cmake --build "$folder/examples"
ctest --test-dir "$folder/examples" --output-on-failure
for example in "$source"/apps/examples/*.cc; do
  [ "$(wc -l <"$example")" -lt 100 ] || fail "$example is too long"
done

echo "== core and memory need Abseil and nothing else"
configure "$source/tests/package/core_only" >/dev/null
cmake --build "$folder/core_only"
ldd "$folder/core_only/core_only" | grep -E 'soci|hiredis|rabbitmq|prometheus|spdlog|mariadb|sqlite' &&
  fail "core and memory pull something in"

echo "== each public header compiles alone, and those of core, ports and memory include nobody else's"
(cd "$prefix/include" && find outdial -name '*.h' | sort) >"$folder/headers"
[ -s "$folder/headers" ] || fail "no headers"
pkg_config() { PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$prefix/lib/$(gcc -dumpmachine)/pkgconfig pkg-config "$@"; }
read -ra flags <<<"$(pkg_config --cflags outdial-http outdial-mysql outdial-sqlite outdial-rabbitmq outdial-redis)"
compile() {
  printf '#include "%s"\n' "$1" | g++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror "${@:2}" -x c++ -
}
export -f compile
xargs -a "$folder/headers" -P "$(nproc)" -I {} bash -c 'compile "$@"' _ {} "${flags[@]}" ||
  fail "a header does not compile alone"
grep -E '^outdial/(entities|ports|services|memory|system)/' "$folder/headers" |
  sed 's/.*/#include "&"/' | g++ -std=c++20 -M -I"$prefix/include" -x c++ - >"$folder/included"
grep -E 'soci|hiredis|rabbitmq|nlohmann|httplib|prometheus|spdlog' "$folder/included" &&
  fail "a header of the core includes somebody else's"

echo "== pkg-config"
read -ra flags <<<"$(pkg_config --cflags --libs --static outdial-sqlite outdial-system outdial-core)"
g++ -std=c++20 "$source/apps/examples/embedded_sqlite.cc" -o "$folder/by_pkg_config" "${flags[@]}"
"$folder/by_pkg_config" | grep '1 left to call'

# usage: check_size <program> <bytes that it is smaller than>
check_size() {
  strip "$1"
  local size
  size=$(stat -c %s "$1")
  echo "$(basename "$1"): $size bytes"
  [ "$size" -lt "$2" ] || fail "$(basename "$1") is as large as $2 bytes"
}

if compgen -G "$prefix/lib/*.a" >/dev/null; then
  echo "== a program with all but the C library in it is small"
  read -ra flags <<<"$(pkg_config --cflags --libs --static outdial-core outdial-memory)"
  g++ -std=c++20 -O2 "$source/tests/package/embedded/claim_in_memory.cc" -o "$folder/claim_in_memory" \
    -Wl,--gc-sections -static-libstdc++ -static-libgcc -Wl,-Bstatic "${flags[@]}" -Wl,-Bdynamic
  "$folder/claim_in_memory" | grep '1 claimed'
  check_size "$folder/claim_in_memory" 2000000
  check_size "$folder/by_pkg_config" 3000000
fi

echo "== what is missing is named"
configure "$source/tests/package/missing" -DCOMPONENT=mysql -DCMAKE_DISABLE_FIND_PACKAGE_SOCI=TRUE \
  >"$folder/missing.log" 2>&1 && fail "SOCI is missing, and nobody says so"
tr -s ' \n' ' ' <"$folder/missing.log" | grep -q "component sql needs SOCI" || fail "$(cat "$folder/missing.log")"
configure "$source/tests/package/missing" -DCOMPONENT=nothing >"$folder/missing.log" 2>&1 &&
  fail "there is no such component, and nobody says so"
tr -s ' \n' ' ' <"$folder/missing.log" | grep -q "outdial has no component nothing" ||
  fail "$(cat "$folder/missing.log")"

echo "== the contract suite runs over somebody's database"
configure "$source/tests/package/own_contract_test" >/dev/null
cmake --build "$folder/own_contract_test"
"$folder/own_contract_test/own_contract_test"
