#include "api.h"

#include <future>
#include <optional>
#include <stdexcept>

namespace outdial::test {

HttpAnswer Api::Send(const std::string& method, const std::string& target, const std::string& body,
                     const std::string& headers) {
  const std::string request = MakeRequest(method, target, body, headers_ + headers);
  // A daemon does not keep a connection that was idle for a minute: while a large file was made.
  if (connection_ != nullptr && connection_->IsClosed()) connection_.reset();
  if (connection_ == nullptr) connection_ = std::make_unique<RawConnection>(port_);
  // What is not taken may have been answered: a body that is too large, for one.
  connection_->Send(request);
  std::optional<HttpAnswer> answer = connection_->ReadAnswer(method == "HEAD");
  if (!answer.has_value()) throw std::runtime_error("no answer to " + method + " " + target);
  const auto header = answer->headers.find("connection");
  if (header != answer->headers.end() && header->second == "close") connection_.reset();
  return *std::move(answer);
}

Json Api::Ask(const std::string& method, const std::string& target, const Json& body) {
  const HttpAnswer answer = Send(method, target, body.is_null() ? "" : body.dump());
  if (answer.status_code != 200) {
    throw std::runtime_error(method + " " + target + ": " + answer.body);
  }
  return Json::parse(answer.body);
}

std::string Api::MakeOutdial(const std::string& name) {
  return Ask("POST", "/v1/outdials", {{"name", name}})["id"];
}

std::string Api::MakeTarget(const std::string& outdial_id, const std::string& name) {
  return Ask(
      "POST", "/v1/outdials/" + outdial_id + "/targets",
      {{"name", name}, {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}})["id"];
}

void RunClients(int count, int port, const std::function<void(int, Api&)>& work) {
  std::vector<std::future<void>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::async(std::launch::async, [&, i] {
      Api client(port);
      work(i, client);
    }));
  }
  for (std::future<void>& client : clients) client.wait();
  for (std::future<void>& client : clients) client.get();
}

std::string ReasonOf(const HttpAnswer& answer) {
  const Json body = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || body.value("domain", "") != "outdial-manager") return "";
  return body.value("reason", "");
}

}  // namespace outdial::test
