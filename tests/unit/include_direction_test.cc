// Checks the project's layering from the #include lines themselves.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace outdial {
namespace {

// Directories below adapters/ that other adapters may include, and those that drive the services.
constexpr std::array<std::string_view, 6> kSharedAdapters = {"logging", "metrics",      "router",
                                                             "sql",     "target_files", "wire"};
constexpr std::array<std::string_view, 3> kDrivingAdapters = {"http", "rabbitmq", "router"};

bool Contains(const auto& range, std::string_view value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

// The part of `path` before the first slash; all of it where there is none.
std::string_view FirstComponent(std::string_view path) { return path.substr(0, path.find('/')); }

// `path` without its first component.
std::string_view Rest(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

// The layer that a source file belongs to, by its path below the project's root: "entities",
// "services", "ports", "apps", or an adapter's name. None for a file that is in no known place.
std::optional<std::string> LayerOf(std::string_view path) {
  const std::string_view top = FirstComponent(path);
  if (top == "ports" || top == "apps") return std::string(top);
  if (top == "adapters") return std::string(FirstComponent(Rest(path)));
  if (top == "core") {
    for (std::string_view layer : {"entities", "services"}) {
      if (path.starts_with("core/include/outdial/" + std::string(layer) + "/") ||
          path.starts_with("core/src/" + std::string(layer) + "/")) {
        return std::string(layer);
      }
    }
  }
  return std::nullopt;
}

// May a file of `layer` include "outdial/<target>/..."?
bool MayInclude(std::string_view layer, std::string_view target) {
  if (layer == "apps" || target == layer || target == "entities" || target == "version.h") {
    return true;
  }
  if (layer == "entities") return false;
  if (target == "ports") return true;
  if (layer == "ports" || layer == "services") return false;
  if (target == "services") return Contains(kDrivingAdapters, layer);
  return Contains(kSharedAdapters, target);
}

// "<x>" and "\"x\"" become x; `quoted` tells which it was. None where `line` is no #include.
std::optional<std::string_view> IncludedHeader(std::string_view line, bool* quoted) {
  const auto skip_spaces = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  skip_spaces();
  if (!line.starts_with('#')) return std::nullopt;
  line.remove_prefix(1);
  skip_spaces();
  constexpr std::string_view kInclude = "include";
  if (!line.starts_with(kInclude)) return std::nullopt;
  line.remove_prefix(kInclude.size());
  skip_spaces();
  if (line.empty() || (line.front() != '<' && line.front() != '"')) return std::nullopt;
  *quoted = line.front() == '"';
  line.remove_prefix(1);
  return line.substr(0, line.find_first_of(">\""));
}

// Says what is wrong with the includes of the file at `path` (below the project's root), one
// sentence for each.
std::vector<std::string> CheckIncludes(const std::string& path, const std::string& text) {
  const std::optional<std::string> layer = LayerOf(path);
  if (!layer.has_value()) return {path + " belongs to no layer"};
  const bool inside = *layer == "entities" || *layer == "services" || *layer == "ports";

  std::vector<std::string> problems;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));

    bool quoted = false;
    const std::optional<std::string_view> header = IncludedHeader(line, &quoted);
    if (!header.has_value()) continue;
    const auto complain = [&](std::string_view why) {
      problems.push_back(path + " includes " + std::string(*header) + ": " + std::string(why));
    };
    if (header->starts_with("outdial/")) {
      if (!MayInclude(*layer, FirstComponent(Rest(*header))))
        complain("the wrong way for its layer");
    } else if (header->find("..") != std::string_view::npos) {
      complain("a relative path hides what it depends on");
    } else if (inside && !header->starts_with("absl/")) {
      // A standard header has neither a directory nor a suffix; a private one lies beside its
      // source.
      const bool standard = !quoted && header->find_first_of("/.") == std::string_view::npos;
      const bool own = quoted && header->find('/') == std::string_view::npos &&
                       path.find("/src/") != std::string::npos;
      if (!standard && !own) complain("only the standard library and Abseil are allowed here");
    }
  }
  return problems;
}

bool IsAccepted(const std::string& path, const std::string& text) {
  return CheckIncludes(path, text).empty();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("includes point inwards") {
  const std::filesystem::path root = OUTDIAL_SOURCE_DIR;
  std::vector<std::string> problems;
  int files = 0;
  for (const char* top : {"core", "ports", "adapters", "apps"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      const std::filesystem::path& path = entry.path();
      if (path.extension() != ".h" && path.extension() != ".cc") continue;
      ++files;
      const std::string name = std::filesystem::relative(path, root).generic_string();
      for (std::string& problem : CheckIncludes(name, ReadFile(path))) {
        problems.push_back(std::move(problem));
      }
    }
  }
  CHECK(files > 0);
  CHECK(problems == std::vector<std::string>());
}

TEST_CASE("the include check tells right from wrong") {
  const std::string entity = "core/include/outdial/entities/a.h";
  CHECK(IsAccepted(entity, "#include <vector>\n#include \"outdial/entities/b.h\"\n"));
  CHECK(IsAccepted(entity, "#include \"absl/time/time.h\"\n#include \"outdial/version.h\"\n"));
  CHECK(IsAccepted(entity, "// #include \"outdial/ports/b.h\"\n"));
  CHECK_FALSE(IsAccepted(entity, "#include \"outdial/ports/b.h\""));
  CHECK_FALSE(IsAccepted(entity, "int x;\n  #  include \"outdial/services/b.h\"\n"));
  CHECK_FALSE(IsAccepted(entity, "#include \"outdial/wire/b.h\"\n"));
  CHECK_FALSE(IsAccepted(entity, "#include <nlohmann/json.hpp>\n"));
  CHECK_FALSE(IsAccepted(entity, "#include <sqlite3.h>\n"));
  CHECK_FALSE(IsAccepted(entity, "#include \"b.h\"\n"));
  CHECK_FALSE(IsAccepted(entity, "#include \"../../ports/b.h\"\n"));

  const std::string port = "ports/include/outdial/ports/a.h";
  CHECK(IsAccepted(port, "#include \"outdial/entities/b.h\"\n#include \"outdial/ports/b.h\"\n"));
  CHECK_FALSE(IsAccepted(port, "#include \"outdial/services/b.h\"\n"));
  CHECK_FALSE(IsAccepted(port, "#include \"outdial/memory/b.h\"\n"));
  CHECK_FALSE(IsAccepted(port, "#include <spdlog/spdlog.h>\n"));

  const std::string service = "core/src/services/a.cc";
  CHECK(IsAccepted(service, "#include \"outdial/services/b.h\"\n#include \"outdial/ports/b.h\"\n"));
  CHECK(IsAccepted(service, "#include \"private_header_beside_it.h\"\n"));
  CHECK_FALSE(IsAccepted(service, "#include \"outdial/sqlite/b.h\"\n"));
  CHECK_FALSE(IsAccepted(service, "#include <re2/re2.h>\n"));

  const std::string driven = "adapters/sqlite/src/a.cc";
  CHECK(IsAccepted(driven, "#include <soci/soci.h>\n#include \"outdial/sqlite/b.h\"\n"));
  CHECK(IsAccepted(driven, "#include \"outdial/wire/b.h\"\n#include \"outdial/ports/b.h\"\n"));
  CHECK_FALSE(IsAccepted(driven, "#include \"outdial/memory/b.h\"\n"));
  CHECK_FALSE(IsAccepted(driven, "#include \"outdial/services/b.h\"\n"));
  CHECK_FALSE(IsAccepted(driven, "#include \"../../memory/src/b.h\"\n"));

  const std::string driving = "adapters/http/include/outdial/http/a.h";
  CHECK(
      IsAccepted(driving, "#include \"outdial/router/b.h\"\n#include \"outdial/services/b.h\"\n"));
  CHECK_FALSE(IsAccepted(driving, "#include \"outdial/sqlite/b.h\"\n"));

  CHECK(IsAccepted("apps/outdial-manager/main.cc", "#include \"outdial/sqlite/b.h\"\n"));
  CHECK_FALSE(IsAccepted("core/src/misplaced.cc", ""));
}

}  // namespace
}  // namespace outdial
