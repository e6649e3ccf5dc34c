#!/usr/bin/env python3
"""What the recipes for vcpkg and Conan, the API documents and the README say is what CMake and LICENSE say.

usage: recipes_test.py <source folder> <build folder>
"""
import json
import pathlib
import re
import sys
import types

source = pathlib.Path(sys.argv[1])
root = (source / "CMakeLists.txt").read_text()
version = re.search(r"project\(outdial VERSION ([0-9.]+)", root).group(1)
options = set(re.findall(r"^(?:option|set)\((OUTDIAL_\w+)", root, re.MULTILINE))
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
    "RabbitmqC": ("librabbitmq", "rabbitmq-c"),
    "SOCI": ("soci", "soci"),
    "nlohmann_json": ("nlohmann-json", "nlohmann_json"),
    "prometheus-cpp": ("prometheus-cpp", "prometheus-cpp"),
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
used = set(re.search(r"FEATURES ([^)]*)\)", portfile).group(1).split()[::2])
used |= set(re.findall(r'"(\w+)" IN_LIST FEATURES', portfile))
assert used == vcpkg["features"].keys(), f"of vcpkg.json and portfile.cmake, one has no feature {used ^ vcpkg['features'].keys()}"
# Programs do not stay in bin/.
programs = set()
for file in (source / "apps").rglob("CMakeLists.txt"):
    programs |= set(re.findall(r"install\(TARGETS (\S+) DESTINATION \"\$\{CMAKE_INSTALL_BINDIR\}", file.read_text()))
tools = re.search(r"vcpkg_copy_tools\(TOOL_NAMES (.*) AUTO_CLEAN\)", portfile).group(1).split()
assert programs and set(tools) == programs, f"portfile.cmake moves {tools}, CMake installs {programs}"

conanfile = (package / "conan" / "conanfile.py").read_text()
required = set(re.findall(r'self\.requires\("([^/]+)/', conanfile))
assert required == {name for _, name in names.values()}, required


class Refused(Exception):
    pass


def conan_refuses(**options):
    """Whether the recipe does not take these options; Conan itself is not needed to ask."""
    recipe = recipe_class()
    recipe.options = types.SimpleNamespace(**options)
    try:
        recipe.validate()
    except Refused:
        return True
    return False


for name, members in re.findall(r"^from (conan\S*) import (.*)$", conanfile, re.MULTILINE):
    module = sys.modules[name] = types.ModuleType(name)
    for member in members.split(", "):
        setattr(module, member, lambda *arguments: None)
sys.modules["conan"].ConanFile = object
sys.modules["conan.errors"].ConanInvalidConfiguration = Refused
members = {}
exec(conanfile, members)
recipe_class = members["OutdialConan"]
# As CMakeLists.txt does.
for apps in (False, True):
    for adapters in (False, True):
        assert conan_refuses(apps=apps, adapters=adapters) == (apps and not adapters), f"apps={apps}, adapters={adapters}"

for recipe in (portfile, conanfile):
    unknown = set(re.findall(r"OUTDIAL_[A-Z_]+", recipe)) - options
    assert not unknown, f"there is no option {unknown}"

# One version, one licence.
license_text = (source / "LICENSE").read_text()
assert license_text.split()[:4] == ["Apache", "License", "Version", "2.0,"], license_text.split()[:4]
api = source / "apps" / "outdial-manager" / "api"
openapi, asyncapi = (api / "openapi.yaml").read_text(), (api / "asyncapi.yaml").read_text()
for name, document, pattern in [
    ("openapi.yaml", openapi, r"license: .*identifier: (\S+) "),
    ("conanfile.py", conanfile, r'license = "(.*)"'),
    ("vcpkg.json", json.dumps(vcpkg), r'"license": "(.*?)"'),
    ("copyright.in", (package / "debian" / "copyright.in").read_text(), r"License: (\S+)"),
]:
    stated = re.search(pattern, document).group(1)
    assert stated == "Apache-2.0", f"{name} has the licence {stated}"
assert "LICENSE-2.0" in re.search(r"license: (.*)", asyncapi).group(1), "asyncapi.yaml has another licence"
for name, document in (("openapi.yaml", openapi), ("asyncapi.yaml", asyncapi)):
    stated = re.search(r"^  version: (\S+)$", document, re.MULTILINE).group(1)
    assert stated == version, f"{name} has the version {stated}, CMake {version}"
deploy = source / "apps" / "outdial-manager" / "deploy"
for file, pattern in (("kubernetes.yaml", r"image: outdial-manager(\S*)"), ("Dockerfile", r"--tag outdial-manager(\S*)")):
    stated = re.search(pattern, (deploy / file).read_text()).group(1)
    assert stated == f":{version}", f"{file} has the image outdial-manager{stated}, CMake the version {version}"
assert f"\n## {version}" in (source / "CHANGELOG.md").read_text(), f"CHANGELOG.md does not tell of {version}"

# What each component needs, of its own and by others.
config = (pathlib.Path(sys.argv[2]) / "outdialConfig.cmake").read_text()
lists = {name: words.replace(";", " ").split()
         for name, words in re.findall(r"^set\(_outdial_(\w+) ?([^)\n]*)\)$", config, re.MULTILINE)}
# Each as the README calls it.
spelled = {"CppHttplib": "cpp-httplib", "Hiredis": "hiredis", "Phonenumber": "libphonenumber", "RabbitmqC": "rabbitmq-c",
           "SOCI:mysql": "MariaDB's client library", "SOCI:sqlite3": "SQLite", "rapidcheck": "RapidCheck",
           "Catch2": "Catch2 2 or 3"}


def needs(component):
    result = {spelled.get(package, package) for package in lists[component + "_packages"]}
    for required in lists[component + "_requires"]:
        result |= needs(required)
    return result - {"absl", "Threads"}  # of all; of the system


readme = (source / "README.md").read_text()
told = set()
for targets, needed in re.findall(r"^\| (`outdial::.*?) \| .* \|(.*)\|$", readme, re.MULTILINE):
    packages = {word.removeprefix("and ") for word in needed.strip().split(", ") if word}
    if "what the router needs" in packages:
        packages = packages - {"what the router needs"} | needs("router")
    for component in re.findall(r"`outdial::(\w+)`", targets):
        assert packages == needs(component), f"README.md: {component} needs {needs(component)}"
        told.add(component)
told |= {"entities", "sql"}  # in the rows of those that use them
components = set(lists["components"])
assert told == components, f"README.md's table of targets: lacks {components - told}, has {told - components} too much"
print("vcpkg, Conan, the API documents and the README agree with CMake")
