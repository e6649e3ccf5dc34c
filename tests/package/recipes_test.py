#!/usr/bin/env python3
"""What the recipes for vcpkg and Conan say is what CMake says.

usage: recipes_test.py <source folder>
"""
import ast
import json
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
root = (source / "CMakeLists.txt").read_text()
version = re.search(r"project\(outdial VERSION ([0-9.]+)", root).group(1)
options = set(re.findall(r"^option\((OUTDIAL_\w+)", root, re.MULTILINE))
package = source / "cmake" / "package"
# What CMake looks for, each by its name in vcpkg and in Conan.
names = {
    "absl": ("abseil", "abseil"),
    "CLI11": ("cli11", "cli11"),
    "CppHttplib": ("cpp-httplib", "cpp-httplib"),
    "Hiredis": ("hiredis", "hiredis"),
    "OpenSSL": ("openssl", "openssl"),
    "Phonenumber": ("libphonenumber", "libphonenumber"),
    "RE2": ("re2", "re2"),
    "SOCI": ("soci", "soci"),
    "nlohmann_json": ("nlohmann-json", "nlohmann_json"),
    "prometheus-cpp": ("prometheus-cpp", "prometheus-cpp"),
    "rabbitmq-c": ("librabbitmq", "librabbitmq"),
    "spdlog": ("spdlog", "spdlog"),
}
found = set()
for folder in ("core", "ports", "adapters", "apps"):
    for file in (source / folder).rglob("CMakeLists.txt"):
        if "examples" not in file.parts:
            found |= set(re.findall(r"find_package\((\S+)", file.read_text()))
found.discard("Threads")  # of the system
assert found == set(names), f"CMake looks for {found ^ set(names)}: add it to the recipes and here"

vcpkg = json.loads((package / "vcpkg" / "outdial" / "vcpkg.json").read_text())
assert vcpkg["version-semver"] == version, vcpkg["version-semver"]
ports = set()
for part in (vcpkg, *vcpkg["features"].values()):
    ports |= {d if isinstance(d, str) else d["name"] for d in part["dependencies"]}
for port, _ in names.values():
    assert port in ports, f"vcpkg.json lacks {port}"

portfile = (package / "vcpkg" / "outdial" / "portfile.cmake").read_text()
for feature in re.search(r"FEATURES ([^)]*)\)", portfile).group(1).split()[::2]:
    assert feature in vcpkg["features"], f"vcpkg.json has no feature {feature}"

conanfile = (package / "conan" / "conanfile.py").read_text()
ast.parse(conanfile)
required = set(re.findall(r'self\.requires\("([^/]+)/', conanfile))
assert required == {name for _, name in names.values()}, required

for recipe in (portfile, conanfile):
    unknown = set(re.findall(r"OUTDIAL_BUILD_\w+", recipe)) - options
    assert not unknown, f"there is no option {unknown}"
print("vcpkg and Conan agree with CMake")
