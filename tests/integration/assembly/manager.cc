#include "manager.h"

#include <stdexcept>
#include <utility>

namespace outdial::test {
namespace {

std::vector<std::string> CommandFor(const ManagerSettings& settings) {
  std::vector<std::string> command = {std::string(OUTDIAL_BIN_DIR) + "/outdial-manager",
                                      "--prometheus_listen_address", "127.0.0.1:0",
                                      "--database_dsn", settings.database_dsn};
  if (settings.migrate) command.emplace_back("--database_migrate");
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {flag, value});
  };
  add("--rabbitmq_address", settings.rabbitmq_address);
  add("--redis_address", settings.redis_address);
  add("--http_listen_address", settings.http ? "127.0.0.1:0" : "");
  command.insert(command.end(), settings.more.begin(), settings.more.end());
  return command;
}

std::string TextOf(const Json& data) { return data.is_null() ? "" : data.dump(); }

}  // namespace

Manager::Manager(ManagerSettings settings)
    : settings_(std::move(settings)),
      daemon_(std::make_unique<DaemonProcess>(CommandFor(settings_))) {}

Json Manager::CallRabbitmq(const std::string& method, const std::string& uri, const Json& data) {
  if (rpc_ == nullptr) rpc_ = std::make_unique<RpcClient>(settings_.rabbitmq_address);
  return Json::parse(rpc_->Call(MakeEnvelope(method, uri, TextOf(data))));
}

Json Manager::CallHttp(const std::string& method, const std::string& uri, const Json& data) {
  const HttpAnswer answer =
      AskOnce(daemon_->port(),
              MakeRequest(method, uri, TextOf(data), "Content-Type: application/json\r\n"));
  return {{"status_code", answer.status_code},
          {"data_type", answer.status_code == 200 ? "application/json" : "voipbin_error"},
          {"data", Json::parse(answer.body)}};
}

Json Manager::Ask(const std::string& method, const std::string& uri, const Json& data) {
  const Json reply = settings_.rabbitmq_address.empty() ? CallHttp(method, uri, data)
                                                        : CallRabbitmq(method, uri, data);
  if (reply["status_code"] != 200) throw std::runtime_error(reply.dump());
  return reply["data"];
}

HttpAnswer Manager::Get(const std::string& path) const {
  return AskOnce(daemon_->metrics_port(), MakeRequest("GET", path));
}

void Manager::WaitForReadiness(int status_code, const std::string& text) const {
  HttpAnswer answer;
  const bool met = Eventually([&] {
    answer = Get("/readyz");
    return answer.status_code == status_code && answer.body.find(text) != std::string::npos;
  });
  if (!met) throw std::runtime_error("/readyz says " + answer.body);
}

}  // namespace outdial::test
