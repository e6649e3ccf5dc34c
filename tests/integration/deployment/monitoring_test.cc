// The dashboard and the alerts: what they ask for must be what a daemon exports.
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "deployment_file.h"
#include "nlohmann/json.hpp"
#include "support/catch.h"
#include "support/daemon_process.h"
#include "support/raw_http.h"
#include "support/servers.h"
#include "yaml-cpp/yaml.h"

namespace outdial::test {
namespace {

using Json = nlohmann::json;

// What Prometheus adds to every series.
const Names kAddedLabels = {"instance", "job"};

// The series of a daemon that has just been started.
struct Exported {
  std::map<std::string, Names> labels;  // by name of a series
  std::map<std::string, Names> values;  // by label, whatever the series
  Names metrics;                        // histograms without _bucket, _sum, _count
};

Exported ExportedByDaemon() {
  RedisServer redis;
  redis.Start();
  DaemonProcess daemon(std::string(OUTDIAL_BIN_DIR) + "/outdial-manager",
                       "sqlite::memory:", {"--redis_address", redis.address()});
  const HttpAnswer answer = AskOnce(daemon.port(), MakeRequest("GET", "/metrics"));
  REQUIRE(answer.status_code == 200);

  Exported exported;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) {
      for (const std::string& name : FindAll(line, "^# TYPE ([a-z_]+) ")) {
        exported.metrics.insert(name);
      }
      continue;
    }
    const std::string series = line.substr(0, line.find_last_of(' '));
    Names& labels = exported.labels[series.substr(0, series.find('{'))];
    const std::regex pair("([a-z_]+)=\"([^\"]*)\"");
    for (std::sregex_iterator match(series.begin(), series.end(), pair), end; match != end;
         ++match) {
      labels.insert((*match)[1]);
      exported.values[(*match)[1]].insert((*match)[2]);
    }
  }
  return exported;
}

Names LabelsOf(const Exported& exported, const std::string& series) {
  Names labels = exported.labels.at(series);
  labels.insert(kAddedLabels.begin(), kAddedLabels.end());
  return labels;
}

// The queries of the panels, with what shows their results.
struct Query {
  std::string expression;
  std::string legend;
};
std::vector<Query> DashboardQueries(const Json& dashboard) {
  std::vector<Query> queries;
  for (const Json& panel : dashboard.at("panels")) {
    if (panel.at("type") == "row") continue;
    CHECK_FALSE(panel.at("targets").empty());
    for (const Json& target : panel.at("targets")) {
      queries.push_back({target.at("expr"), target.at("legendFormat")});
    }
  }
  return queries;
}

// Checks that every series, label and label's value that a query names is there.
Names CheckQuery(const Exported& exported, const Query& query) {
  CAPTURE(query.expression, query.legend);
  Names labels = kAddedLabels;  // that any of its series has
  Names used;
  const std::regex selector("\\b(outdial_manager_[a-z_]+)(\\{([^}]*)\\})?");
  const std::string& text = query.expression;
  for (std::sregex_iterator match(text.begin(), text.end(), selector), end; match != end; ++match) {
    const std::string series = (*match)[1];
    CAPTURE(series);
    REQUIRE(exported.labels.count(series) == 1);
    used.insert(series);
    const Names own = LabelsOf(exported, series);
    labels.insert(own.begin(), own.end());
    const std::string matchers = (*match)[3];
    const std::regex matcher("([a-z_]+)=(~?)\"([^\"]*)\"");
    for (std::sregex_iterator pair(matchers.begin(), matchers.end(), matcher); pair != end;
         ++pair) {
      const std::string label = (*pair)[1];
      const std::string value = (*pair)[3];
      CAPTURE(label, value);
      CHECK(own.count(label) == 1);
      if (value.starts_with("$")) continue;  // what somebody chooses on the dashboard
      for (const std::string& word : FindAll(value, "([^|]+)")) {
        CHECK(exported.values.at(label).count(word) == 1);
      }
    }
  }
  CHECK_FALSE(used.empty());
  for (const std::string& list : FindAll(text, "\\bby \\(([^)]*)\\)")) {
    for (const std::string& label : FindAll(list, "([a-z_]+)")) {
      CAPTURE(label);
      CHECK(labels.count(label) == 1);
    }
  }
  // What a text shows must have been kept by every sum.
  for (const std::string& label :
       FindAll(query.legend, "\\{\\{ *(?:\\$labels\\.)?([a-z_]+) *\\}\\}")) {
    CAPTURE(label);
    CHECK(labels.count(label) == 1);
    for (const std::string& list : FindAll(text, "\\bby \\(([^)]*)\\)")) {
      CHECK(ToNames(FindAll(list, "([a-z_]+)")).count(label) == 1);
    }
  }
  return used;
}

// The metric that a series belongs to.
std::string MetricOf(const Exported& exported, const std::string& series) {
  if (exported.metrics.count(series) == 1) return series;
  return series.substr(0, series.find_last_of('_'));
}

TEST_CASE("the dashboard shows what the daemon exports, all of it") {
  const Exported exported = ExportedByDaemon();
  const Json dashboard = Json::parse(ReadDeploymentFile("grafana-dashboard.json"));
  Names shown;
  for (const Query& query : DashboardQueries(dashboard)) {
    for (const std::string& series : CheckQuery(exported, query)) {
      shown.insert(MetricOf(exported, series));
    }
  }
  CHECK(shown == exported.metrics);
  std::set<int> ids;
  for (const Json& panel : dashboard.at("panels")) {
    CHECK(ids.insert(panel.at("id").get<int>()).second);
    const Json& position = panel.at("gridPos");
    CHECK(position.at("x").get<int>() + position.at("w").get<int>() <= 24);
  }
  for (const Json& variable : dashboard.at("templating").at("list")) {
    if (variable.at("type") != "query") continue;
    CheckQuery(exported, {variable.at("query"), ""});
  }
}

TEST_CASE("the alerts ask for what the daemon exports, and say what to do") {
  const Exported exported = ExportedByDaemon();
  const YAML::Node groups = YAML::Load(ReadDeploymentFile("prometheus-alerts.yaml"))["groups"];
  Names names;
  for (const auto& group : groups) {
    for (const auto& rule : group["rules"]) {
      const std::string name = rule["alert"].as<std::string>();
      CAPTURE(name);
      CHECK(names.insert(name).second);
      const std::string summary = rule["annotations"]["summary"].as<std::string>();
      const std::string description = rule["annotations"]["description"].as<std::string>();
      CHECK_FALSE(description.empty());
      CheckQuery(exported, {rule["expr"].as<std::string>(), summary + description});
      const std::string severity = rule["labels"]["severity"].as<std::string>();
      CHECK((severity == "critical" || severity == "warning"));
    }
  }
  CHECK(names.size() > 5);
}

}  // namespace
}  // namespace outdial::test
