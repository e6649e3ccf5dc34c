// The metrics of a process (contract section 8).
#ifndef OUTDIAL_METRICS_METRICS_H_
#define OUTDIAL_METRICS_METRICS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace outdial::metrics {

// The label of a request whose URI no operation has.
inline constexpr std::string_view kRouteNotFound = "notfound";

// Counts and measures; all names begin with `outdial_manager_`. Thread-safe; nothing blocks for
// longer than a lock.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // outdial_manager_receive_request_process_time. `route` as Router::Operation::label or
  // kRouteNotFound. A method that is none of POST, GET, PUT, DELETE is counted as "other".
  void ObserveRequest(std::string_view route, std::string_view method, absl::Duration duration);

  // outdial_manager_notify_process_time and outdial_manager_notify_total: an event of this type
  // (EventTypeName) has been published.
  void ObserveNotification(std::string_view event_type, absl::Duration duration);

  // The text exposition format, version 0.0.4.
  std::string Expose() const;

 private:
  struct Instruments;

  std::unique_ptr<Instruments> instruments_;
};

}  // namespace outdial::metrics

#endif  // OUTDIAL_METRICS_METRICS_H_
