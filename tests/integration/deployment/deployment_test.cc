// The files that deploy the daemon: what they set must be what it takes.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "deployment_file.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_directory.h"
#include "yaml-cpp/yaml.h"

namespace outdial::test {
namespace {

std::string RunProgram(const std::vector<std::string>& command) {
  const Finished finished = RunToEnd(command);
  INFO(finished.output << finished.error_output);
  REQUIRE(finished.exit_code == 0);
  return finished.output;
}

std::string ToUpper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// The flags that the daemon takes, and the variables of its settings.
Names Flags() {
  return ToNames(FindAll(RunProgram({std::string(OUTDIAL_BIN_DIR) + "/outdial-manager", "--help"}),
                         "(--[a-z_]+)"));
}
Names Variables() {
  Names variables;
  for (const std::string& flag : Flags()) variables.insert(ToUpper(flag.substr(2)));
  return variables;
}

void CheckAllKnown(const Names& names, const Names& known) {
  CHECK_FALSE(names.empty());
  for (const std::string& name : names) {
    INFO(name);
    CHECK(known.count(name) == 1);
  }
}

Names KeysOf(const YAML::Node& map) {
  Names keys;
  for (const auto& entry : map) keys.insert(entry.first.as<std::string>());
  return keys;
}

// Lines "Key=value" of a unit file, by key; comments and sections apart.
std::multimap<std::string, std::string> ParseUnit(const std::string& text) {
  std::multimap<std::string, std::string> settings;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    settings.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return settings;
}

TEST_CASE("the flags are read from the program itself") {
  const Names flags = Flags();
  CHECK(flags.count("--database_dsn") == 1);
  CHECK(flags.count("--rabbitmq_address") == 1);
  CHECK(Variables().count("REDIS_ADDRESS") == 1);
}

TEST_CASE("the compose file sets what the daemon takes, on servers that it starts") {
  const YAML::Node services = YAML::Load(ReadDeploymentFile("compose.yaml"))["services"];
  const YAML::Node daemon = services["outdial-manager"];
  const YAML::Node environment = daemon["environment"];
  CheckAllKnown(KeysOf(environment), Variables());
  for (const char* variable : {"DATABASE_DSN", "RABBITMQ_ADDRESS", "REDIS_ADDRESS"}) {
    INFO(variable);
    const std::string value = environment[variable].as<std::string>();
    const std::vector<std::string> host = FindAll(value, "(?:\\(|@|^)([a-z]+):[0-9]+");
    REQUIRE(host.size() == 1);
    CHECK(services[host.front()].IsMap());
  }
  CHECK(std::filesystem::exists(std::string(OUTDIAL_DEPLOY_DIR) + "/" +
                                daemon["build"]["context"].as<std::string>() + "/" +
                                daemon["build"]["dockerfile"].as<std::string>()));
  CHECK(environment["HTTP_LISTEN_ADDRESS"].as<std::string>() == "0.0.0.0:8080");
  CHECK(daemon["ports"][0].as<std::string>() == "127.0.0.1:8080:8080");
}

TEST_CASE("the Kubernetes manifest sets what the daemon takes, within the limits") {
  const std::string text = ReadDeploymentFile("kubernetes.yaml");
  const YAML::Node deployment = YAML::Load(text)["spec"];
  CHECK(deployment["replicas"].as<int>() == 2);
  const YAML::Node pod = deployment["template"]["spec"];
  const YAML::Node container = pod["containers"][0];

  Names flags;
  for (const auto& argument : container["args"]) {
    if (argument.as<std::string>().starts_with("--")) flags.insert(argument.as<std::string>());
  }
  CheckAllKnown(flags, Flags());
  Names variables = ToNames(FindAll(text, "--from-literal=([A-Z_]+)="));
  for (const auto& entry : container["env"]) variables.insert(entry["name"].as<std::string>());
  CheckAllKnown(variables, Variables());

  CHECK(container["resources"]["limits"]["memory"].as<std::string>() == "256M");
  CHECK(container["ports"][0]["containerPort"].as<int>() == 2112);
  for (const auto& [probe, path] :
       std::map<std::string, std::string>{{"startupProbe", "/healthz"},
                                          {"livenessProbe", "/healthz"},
                                          {"readinessProbe", "/readyz"}}) {
    INFO(probe);
    CHECK(container[probe]["httpGet"]["path"].as<std::string>() == path);
    CHECK(container[probe]["httpGet"]["port"].as<std::string>() ==
          container["ports"][0]["name"].as<std::string>());
  }
  CHECK(pod["terminationGracePeriodSeconds"].as<int>() > 10);
  CHECK(container["securityContext"]["readOnlyRootFilesystem"].as<bool>());
}

TEST_CASE("systemd accepts the unit, and finds little to expose") {
  std::string unit = ReadDeploymentFile("outdial-manager.service");
  const auto settings = ParseUnit(unit);
  CHECK(settings.find("ExecStart")->second == "/usr/bin/outdial-manager");
  // Exit codes that a new start does not change: a wrong setting, a missing migration.
  CHECK(settings.find("RestartPreventExitStatus")->second == "2 3");
  CheckAllKnown(ToNames(FindAll(unit, "# (?:For )?([A-Z]+_[A-Z]+)=")), Variables());

  const std::string installed = "/usr/bin/outdial-manager";
  unit.replace(unit.find(installed), installed.size(),
               std::string(OUTDIAL_BIN_DIR) + "/outdial-manager");
  const TemporaryDirectory folder;
  const std::string path = folder.Join("outdial-manager.service");
  std::ofstream(path) << unit;
  const Finished verified = RunToEnd({"/usr/bin/systemd-analyze", "verify", path});
  CHECK(verified.error_output == "");
  CHECK(verified.exit_code == 0);
  // In tenths: 10.0 is a service without any limits.
  CHECK(RunToEnd({"/usr/bin/systemd-analyze", "security", "--offline=true", "--threshold=15", path})
            .exit_code == 0);
}

// The package of each library that a program names.
Names PackagesNeededBy(const std::string& program) {
  std::vector<std::string> search = {"/usr/bin/dpkg", "--search"};
  for (const std::string& line :
       FindAll(RunProgram({"/usr/bin/ldd", std::string(OUTDIAL_BIN_DIR) + "/" + program}),
               "=> (/[^ ]+) ")) {
    if (line.find("san.so") != std::string::npos) continue;  // a sanitizer's: not what is deployed
    // Debian knows its files below /usr or not, whatever link leads there.
    const std::string path = std::filesystem::canonical(line).string();
    search.push_back(path);
    search.push_back(path.substr(std::string("/usr").size()));
  }
  // It fails for those that it does not know, and tells of the others.
  const Names packages = ToNames(FindAll(RunToEnd(search).output, "(?:^|\n)([a-z0-9.+-]+):"));
  CHECK(packages.size() > 5);
  return packages;
}

// What these packages need, and what that needs.
Names WithDependencies(Names packages) {
  std::vector<std::string> command = {"/usr/bin/apt-cache", "depends",       "--recurse",
                                      "--no-recommends",    "--no-suggests", "--no-conflicts",
                                      "--no-breaks",        "--no-replaces", "--no-enhances"};
  command.insert(command.end(), packages.begin(), packages.end());
  for (const std::string& name : FindAll(RunProgram(command), "(?:^|\n)([a-z0-9][^ \n]*)")) {
    packages.insert(name.substr(0, name.find(':')));
  }
  return packages;
}

TEST_CASE("the settings that are installed are those of the daemon") {
  const std::string text = ReadDeploymentFile("outdial-manager.conf");
  CheckAllKnown(ToNames(FindAll(text, "(?:^|\n)#?([A-Z_]+)=")), Variables());
  // As it is installed it runs, with no server at all.
  CHECK(FindAll(text, "\n([A-Z_]+)=") ==
        std::vector<std::string>{"DATABASE_DSN", "HTTP_LISTEN_ADDRESS"});
}

TEST_CASE("the image holds every library that the programs need") {
  const std::string text = ReadDeploymentFile("Dockerfile");
  const std::size_t last_stage = text.rfind("\nFROM ");
  const Names listed = ToNames(FindAll(text.substr(last_stage), "\n      ([a-z0-9.+-]+) "));
  REQUIRE(listed.count("ca-certificates") == 1);
  const Names held = WithDependencies(listed);
  for (const char* program : {"outdial-manager", "outdial-control"}) {
    INFO(program);
    CheckAllKnown(PackagesNeededBy(program), held);
    CHECK(text.find(std::string("/src/build/bin/") + program) != std::string::npos);
  }
  CHECK(text.find("USER 65534:65534") != std::string::npos);
}

}  // namespace
}  // namespace outdial::test
