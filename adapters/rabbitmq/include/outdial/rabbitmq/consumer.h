// The RabbitMQ transport, driving side: requests come from a queue, replies go to their callers'
// (contract section 1).
#ifndef OUTDIAL_RABBITMQ_CONSUMER_H_
#define OUTDIAL_RABBITMQ_CONSUMER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/metrics/metrics.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/router/router.h"
#include "outdial/services/request_journal_service.h"

namespace outdial::rabbitmq {

// Where a consumer takes requests from, and how many at a time.
struct ConsumerSettings {
  Address address{};  // of the broker

  // How many requests are handled at the same time, each by a thread with a connection of its own.
  // Any that are none of 1 to 65,536 stop the program.
  std::size_t workers = 8;

  // How long Stop waits for the requests in hand. Less than zero, or more than 24 hours, stops the
  // program.
  absl::Duration stop_timeout = absl::Seconds(10);

  // How long a journal entry stays at least once the broker has shown that it has processed the
  // acknowledgement. Until it has stored it, too, it delivers a persistent request again where it
  // dies. Less than zero, or more than 24 hours, stops the program.
  absl::Duration removal_delay = absl::Seconds(10);

  // Told how long each request took from its arrival to the hand-over of its reply. Null: nobody
  // is told. Must outlive the consumer: where it does not the program stops.
  metrics::Metrics* metrics = nullptr;
};

// What a consumer has done since it was made, and what it does now.
struct ConsumerStats {
  std::size_t connections = 0;        // workers that are ready for requests, or at work on one
  std::size_t requests_in_hand = 0;   // begun and not yet acknowledged or put back
  std::uint64_t requests = 0;         // begun
  std::uint64_t redelivered = 0;      // those of them that had been delivered before
  std::uint64_t unreadable = 0;       // those of them that were no envelope, or too large
  std::uint64_t replies = 0;          // handed to the broker
  std::uint64_t reconnects = 0;       // connections that took the place of a lost one
  std::uint64_t journal_removed = 0;  // journal entries removed some time after an acknowledgement
  std::uint64_t journal_left = 0;     // … left to the journal's own expiry
};

// Consumes the request queue. Each worker takes a request, has the router carry it out, publishes
// the reply and acknowledges the request, in this order: what it had not acknowledged when it died
// is delivered again, to whoever consumes the queue, and its journal entry gives it one effect.
// Where a reply cannot be sent because the connection has died, the same happens.
//
// Every request with a `reply_to` is answered, whatever it holds; one without is carried out and
// answered to nobody. A message of more than a router::kMaxBodyBytes and 64 KiB is answered with
// BODY_TOO_LARGE; its body is not kept. A reply of more than 15 MiB is replaced with
// REPLY_TOO_LARGE, because RabbitMQ 4 takes no message of more than 16; a change is made all the
// same. A broker that was told to take less (max_message_size) ends the connection over a larger
// reply, and the request comes again until somebody removes it from the queue.
//
// Where the database is away, or the outbox is full, a caller with a `reply_to` gets that for an
// answer (503). A change that nobody waits for goes back to the queue instead, after a second,
// until it can be made.
//
// Senders that number their requests neither by `reply_to` nor by `correlation_id` may send two
// that look alike. A first delivery is one request more, also beside the journal entry of one that
// looks alike: the broker, asked on the same channel, still knows that it has delivered it to
// nobody else. One that is delivered again may be answered as the other was.
//
// A journal entry is removed when the broker has shown twice that it has processed the
// acknowledgement, by answering something that was asked later on the same channel, and again after
// `removal_delay`: it did not die before it had stored it. Where the connection ends sooner, in
// order or not, the entry stays until it expires. So do those of redelivered requests, and of
// several that look alike, because a worker that was taken for dead may still be about to carry
// them out; and where a worker makes more than 20,000 changes within `removal_delay` (2,000 a
// second, by default), those of further ones.
//
// The broker may be away, at the start and at any time later: each worker connects again, after a
// pause that grows from a tenth of a second to five as long as no connection lasts for a second,
// and declares queue and exchanges again. The log tells once when no worker has a connection and
// once when one has again, and warns once of each thing that cannot be declared (the delay exchange
// needs a plugin); it is done without.
//
// A broker that hangs is given up after 20 seconds. So does the broker with a worker that is busy
// with one request for longer than that, because it sends no heartbeats meanwhile.
class Consumer {
 public:
  // `router` and `journal` must outlive the consumer: one that does not stops the program.
  Consumer(const ConsumerSettings& settings, const router::Router& router,
           RequestJournalService& journal);

  // Stops.
  ~Consumer();

  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Begins, on threads of its own, whether or not the broker can be reached. To be called once:
  // a second call stops the program.
  // Throws std::system_error where there are no threads.
  void Start();

  // Takes no further request, finishes those in hand or, after `stop_timeout`, cuts their
  // connections, and returns when all threads have ended. Requests that were delivered and not
  // begun go back to the queue. Idempotent. Not to be called while Start runs.
  void Stop();

  // Whether the broker can be reached: OK where at least one worker has a connection, else
  // Unavailable. Thread-safe, does not block.
  absl::Status CheckConnected() const;

  // Thread-safe, does not block.
  ConsumerStats stats() const;

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_RABBITMQ_CONSUMER_H_
