// The real daemon on real servers, as tests about time and trouble use and watch it.
#ifndef OUTDIAL_TESTS_INTEGRATION_OUTAGES_DEPLOYMENT_H_
#define OUTDIAL_TESTS_INTEGRATION_OUTAGES_DEPLOYMENT_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "support/daemon_process.h"
#include "support/raw_http.h"
#include "support/servers.h"
#include "workload.h"

namespace outdial::test {

inline constexpr int kClients = 8;
inline constexpr int kSome = 300;  // answers: some seconds of work

// A sanitizer's own memory says nothing of the daemon's, and its time nothing of ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// Where the servers of a deployment are.
struct Addresses {
  std::string database_dsn;
  std::string rabbitmq;
  std::string redis;
};

HttpAnswer Get(const DaemonProcess& daemon, const std::string& path);

// Waits until GET /readyz answers 200 and names nothing, or 503 and names `missing`.
void WaitForReadiness(const DaemonProcess& daemon, const std::string& missing);

// It is ready when this returns.
std::unique_ptr<DaemonProcess> StartDaemon(const Addresses& addresses);

// The value of a metric without labels.
std::string MetricOf(const DaemonProcess& daemon, const std::string& name);
inline constexpr char kRedelivered[] = "outdial_manager_redelivered_requests_total";

// A daemon's memory must be about where it was when the load had just begun. The heap finds its
// size with the first outages: thirty in a row end where ten do, some 6 MB above the beginning.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t process);

  void Check() const;

 private:
  const pid_t process_;
  const long before_;
};

// Ends the work, prints the counts and compares everything.
Tally CheckAll(Workload& workload, TestDatabase& database, const std::string& redelivered);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_OUTAGES_DEPLOYMENT_H_
