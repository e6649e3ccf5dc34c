"""outdial as a Conan 2 package of this source tree: conan create cmake/package/conan"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy, load
from conan.tools.gnu import PkgConfigDeps


class OutdialConan(ConanFile):
    name = "outdial"
    description = "Outbound dialling lists for VoIP"
    license = "Apache-2.0"
    topics = ("voip", "dialer", "campaign")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "adapters": [True, False], "apps": [True, False]}
    default_options = {
        "shared": False,
        "adapters": True,
        "apps": False,
        "soci/*:with_mysql": True,
        "soci/*:with_sqlite3": True,
        "hiredis/*:with_ssl": False,
        "rabbitmq-c/*:ssl": True,
    }
    # Found by this project's own modules, with pkg-config, not by what Conan would write for CMake.
    found_by_modules = ("cpp-httplib", "hiredis", "re2")

    def _root(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", "..", ".."))

    def set_version(self):
        cmake = load(self, os.path.join(self._root(), "CMakeLists.txt"))
        self.version = re.search(r"project\(outdial VERSION ([0-9.]+)", cmake).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "core/*", "ports/*", "adapters/*",
                        "apps/*", "migrations/*", "tests/contract/suite/*", "tests/support/*"):
            copy(self, pattern, self._root(), self.export_sources_folder)

    def requirements(self):
        self.requires("abseil/[>=20220623.0]", transitive_headers=True)
        if self.options.adapters:
            self.requires("cpp-httplib/[>=0.11]")
            self.requires("hiredis/[>=1.0]")
            self.requires("libphonenumber/[>=8.12]")
            self.requires("nlohmann_json/[>=3.11]", transitive_headers=True)
            self.requires("openssl/[>=3]")
            self.requires("prometheus-cpp/[>=1.0]")
            self.requires("rabbitmq-c/[>=0.11]")
            self.requires("re2/[>=20220601]")
            self.requires("soci/[>=4.0]", transitive_headers=True)
            self.requires("spdlog/[>=1.10]")
        if self.options.apps:
            self.requires("cli11/[>=2.3]")

    def validate(self):
        check_min_cppstd(self, "20")
        if self.options.apps and not self.options.adapters:
            raise ConanInvalidConfiguration("outdial's option apps=True needs adapters=True")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["OUTDIAL_ADAPTERS"] = "all" if self.options.adapters else ""
        toolchain.cache_variables["OUTDIAL_BUILD_APPS"] = bool(self.options.apps)
        toolchain.cache_variables["OUTDIAL_BUILD_TESTS"] = False
        toolchain.generate()
        dependencies = CMakeDeps(self)
        for package in self.found_by_modules:
            dependencies.set_property(package, "cmake_find_mode", "none")
        dependencies.generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # The CMake package that is installed says what each component is and needs.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "outdial")]
