// The daemon as a client sees it.
#ifndef OUTDIAL_TESTS_INTEGRATION_HTTP_API_H_
#define OUTDIAL_TESTS_INTEGRATION_HTTP_API_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/daemon_process.h"
#include "support/raw_http.h"
#include "support/temporary_directory.h"

namespace outdial::test {

using Json = nlohmann::json;

inline const std::string kManager = std::string(OUTDIAL_BIN_DIR) + "/outdial-manager";

// A client with one connection, which it opens anew when the daemon closed it. Used by one thread.
class Api {
 public:
  // `headers`, lines with their ends, go with every request.
  explicit Api(int port, std::string headers = {}) : port_(port), headers_(std::move(headers)) {}

  // Throws std::runtime_error where no answer comes.
  HttpAnswer Send(const std::string& method, const std::string& target,
                  const std::string& body = {}, const std::string& headers = {});

  // As above; the answer must be a 200, and is its body.
  Json Ask(const std::string& method, const std::string& target, const Json& body = nullptr);

  // The id of a new outdial, and of a new target of one, with a phone number as destination 0.
  std::string MakeOutdial(const std::string& name = "list");
  std::string MakeTarget(const std::string& outdial_id, const std::string& name = "party");

 private:
  const int port_;
  const std::string headers_;
  std::unique_ptr<RawConnection> connection_;
};

// Runs `work` with 0, 1, … on as many threads, each with a client of its own. What one of them
// throws is thrown again when all have ended.
void RunClients(int count, int port, const std::function<void(int index, Api& client)>& work);

// The reason in the body of an error; empty where it is no typed error.
std::string ReasonOf(const HttpAnswer& answer);

// A daemon on a file of its own, and a client.
struct DaemonFixture {
  explicit DaemonFixture(const std::vector<std::string>& arguments = {})
      : dsn("sqlite:" + directory.Join("outdial.db")),
        daemon(std::make_unique<DaemonProcess>(kManager, dsn, arguments)),
        api(daemon->port()) {}

  TemporaryDirectory directory;
  std::string dsn;
  std::unique_ptr<DaemonProcess> daemon;
  Api api;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_HTTP_API_H_
