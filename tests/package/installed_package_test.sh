#!/usr/bin/env bash
# Installs what was built, and uses it as somebody does who has nothing else.
# usage: installed_package_test.sh <source folder> <build folder> <compiler launcher, or nothing>
set -euo pipefail

source=$1
build=$2
launcher=${3:-}
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
  cmake -S "$project" -B "$folder/$(basename "$project")" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" "$@"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
# So that the compiler cache knows what it has compiled for an earlier run, in another folder.
export CCACHE_BASEDIR=$folder CCACHE_NOHASHDIR=1
# Where they were made for /usr, shared libraries do not look beside themselves.
export LD_LIBRARY_PATH=$prefix/lib:$prefix/lib/$(gcc -dumpmachine)

echo "== the examples"
configure "$source/apps/examples" >/dev/null
cmake --build "$folder/examples"
ctest --test-dir "$folder/examples" --output-on-failure
examples=$(find "$source/apps/examples" -name '*.cc' | wc -l)
ctest --test-dir "$folder/examples" --show-only | grep -q "^Total Tests: $examples\$" ||
  fail "some of the $examples examples are not tested"
for example in "$source"/apps/examples/*.cc; do
  [ "$(wc -l <"$example")" -lt 100 ] || fail "$example is too long"
done

echo "== every component finds what it needs, and links"
components=$(find "$prefix" -name 'outdial-*-targets.cmake' | sed 's/.*outdial-\(.*\)-targets.cmake/\1/' |
  grep -vx ports | sort | paste -sd ';')
[ -n "$components" ] || fail "no components"
configure "$source/tests/package/every_component" -DCOMPONENTS="$components" >/dev/null
cmake --build "$folder/every_component"

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
for file in $(cd "$prefix" && find . -name 'outdial-*.pc'); do
  pkg_config --exists --print-errors "$(basename "$file" .pc)" || fail "$file"
done
read -ra flags <<<"$(pkg_config --cflags --libs outdial-sqlite outdial-system outdial-core)"
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

libraries=$(find "$prefix" -name 'liboutdial_*.so.*.*.*')
if [ -n "$libraries" ]; then
  echo "== shared libraries show nothing but the namespace outdial"
  for library in $libraries; do
    # Names that are mangled, so that a template of others is not taken for ours by what it returns.
    nm --dynamic --defined-only --format=posix "$library" | cut -d ' ' -f 1 >"$folder/symbols"
    grep -q '^_ZNK\?7outdial' "$folder/symbols" || fail "$library shows nothing"
    grep -Ev '^_Z(T[ISTV]|T[hv][0-9n_]*_|GV)?Z?NK?7outdial' "$folder/symbols" && fail "$library shows more than its own"
  done
  # Private requirements are for those who link everything statically.
  pkg_config --libs outdial-http outdial-sqlite | grep -E 'httplib|ssl|re2|sqlite3|spdlog' &&
    fail "pkg-config names libraries that nobody needs who links shared ones"
fi
if compgen -G "$prefix/lib/*.a" >/dev/null; then
  echo "== programs that are linked statically are small"
  read -ra flags <<<"$(pkg_config --cflags --libs --static outdial-core outdial-memory)"
  program=$source/tests/package/embedded/claim_in_memory.cc
  g++ -std=c++20 -O2 "$program" -o "$folder/all_but_the_c_library" \
    -Wl,--gc-sections -static-libstdc++ -static-libgcc -Wl,-Bstatic "${flags[@]}" -Wl,-Bdynamic
  g++ -std=c++20 -O2 "$program" -o "$folder/with_the_c_library" -Wl,--gc-sections -static "${flags[@]}"
  "$folder/all_but_the_c_library" | grep '1 claimed'
  "$folder/with_the_c_library" | grep '1 claimed'
  check_size "$folder/all_but_the_c_library" 2000000
  check_size "$folder/with_the_c_library" 2700000
  check_size "$folder/by_pkg_config" 3000000
fi

echo "== what is missing is named, or done without"
# usage: check_missing <component> <what is said of it> [option...]
check_missing() {
  local component=$1 message=$2
  shift 2
  rm -rf "$folder/missing"
  configure "$source/tests/package/missing" -DCOMPONENT="$component" "$@" >"$folder/missing.log" 2>&1 &&
    fail "$component is there"
  grep -q "done without $component" "$folder/missing.log" || fail "$(cat "$folder/missing.log")"
  tr -s ' \n' ' ' <"$folder/missing.log" | grep -qF "$message" || fail "$(cat "$folder/missing.log")"
}
check_missing mysql "outdial's component mysql needs SOCI, SOCI mysql: not found." -DCMAKE_DISABLE_FIND_PACKAGE_SOCI=TRUE
check_missing rabbitmq "outdial's component rabbitmq needs RabbitmqC: not found." \
  -DCMAKE_DISABLE_FIND_PACKAGE_RabbitmqC=TRUE
check_missing http "outdial's component http needs RE2: not found." -DCMAKE_DISABLE_FIND_PACKAGE_RE2=TRUE
check_missing redis "outdial's component redis needs pkg-config to find Hiredis: not found." \
  -DPKG_CONFIG_EXECUTABLE=/nonexistent
check_missing nothing "outdial has no component nothing"

configure "$source" -DPKG_CONFIG_EXECUTABLE=/nonexistent >"$folder/missing.log" 2>&1 && fail "pkg-config is there"
grep -q "pkg-config, by which it is found, is missing" "$folder/missing.log" || fail "$(cat "$folder/missing.log")"

echo "== the contract suites run over somebody's adapters"
# The one in adapters/README.md.
sed -n '/^```cpp$/,/^```$/{/^```/!p}' "$source/adapters/README.md" >"$folder/own_clock_contract_test.cc"
configure "$source/tests/package/own_contract_test" \
  -DCLOCK_CONTRACT_TEST="$folder/own_clock_contract_test.cc" >/dev/null
cmake --build "$folder/own_contract_test"
for test in own_contract_test own_clock_contract_test own_ports_contract_test; do
  "$folder/own_contract_test/$test"
done
