// The metrics of a process (contract section 8).
#ifndef OUTDIAL_METRICS_METRICS_H_
#define OUTDIAL_METRICS_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "outdial/entities/use_counted.h"

namespace outdial::metrics {

// The label of a request whose URI no operation has.
inline constexpr std::string_view kRouteNotFound = "notfound";

// What is not told when it happens but read when somebody asks for the metrics: see
// Metrics::Watch. The name of each, without `outdial_manager_`, and its label where it has one.
enum class Watched {
  kRequestsInHand,            // requests_in_hand{transport}: http, rabbitmq
  kRedeliveredRequests,       // redelivered_requests_total
  kCacheHits,                 // cache_hits_total{entity}: outdial, outdialtarget, outdialtargetcall
  kCacheMisses,               // cache_misses_total{entity}
  kCacheErrors,               // cache_errors_total
  kCacheOverdueKeys,          // cache_overdue_keys: could not be written, are to be deleted
  kDatabaseConnectionsOpen,   // database_connections_open
  kDatabaseConnectionsInUse,  // database_connections_in_use
  kDatabaseConnectionsMax,    // database_connections_max
  kDatabaseConnectionWaits,   // database_connection_waits_total: found all in use, and waited
  kOutboxEvents,              // outbox_events: wait to be published; may be an upper bound
  kOutboxOldestEventAge,      // outbox_oldest_event_age_seconds; 0 where none waits
  kWebhookRequestsDropped,    // webhook_requests_dropped_total{reason}: no_queue
  kLeasesReclaimed,           // leases_reclaimed_total
  kServerUp,                  // server_up{adapter}: 1 or 0, for each server that is used
  kReconnects,                // reconnects_total{adapter}: mysql, rabbitmq, redis
};

// Counts and measures; all names begin with `outdial_manager_`. Thread-safe; nothing blocks for
// longer than a lock. Everything that has known labels is there from the start, as 0, except
// server_up: only what is used can be up or down.
class Metrics : public UseCounted {
 public:
  Metrics();
  ~Metrics();

  // A request of this kind may come. Arguments as those of ObserveRequest.
  void ExpectRequest(std::string_view route, std::string_view method);

  // outdial_manager_receive_request_process_time, and outdial_manager_requests_total by status
  // code. `route` as Router::Operation::label or kRouteNotFound. A method that is none of POST,
  // GET, PUT, DELETE is counted as "other".
  void ObserveRequest(std::string_view route, std::string_view method, int status_code,
                      absl::Duration duration);

  // outdial_manager_queue_to_reply_seconds: from the arrival of a request's message in this process
  // to the hand-over of its reply to the broker.
  void ObserveQueueToReply(absl::Duration duration);

  // outdial_manager_notify_process_time and outdial_manager_notify_total: an event of this type
  // (EventTypeName) has been published.
  void ObserveNotification(std::string_view event_type, absl::Duration duration);

  // Has `read` called whenever the metrics are asked for, by any thread, one at a time. It must not
  // be empty (the program stops), nor block, nor call Metrics, and what it reads must live as long
  // as the metrics are exposed. Its result is the value of `watched`; where that has a label,
  // `label` is the label's value. Where a label is watched twice their values are added up.
  //
  //   metrics.Watch(Watched::kCacheHits, "outdial", [&] { return redis.stats().outdials.hits; });
  void Watch(Watched watched, std::string_view label, std::function<double()> read);

  // The text exposition format, version 0.0.4.
  std::string Expose() const;

 private:
  struct Instruments;

  std::unique_ptr<Instruments> instruments_;
};

}  // namespace outdial::metrics

#endif  // OUTDIAL_METRICS_METRICS_H_
