// How far the dialling of outdials is, for many who ask often.
#ifndef OUTDIAL_SERVICES_OUTDIAL_PROGRESS_SERVICE_H_
#define OUTDIAL_SERVICES_OUTDIAL_PROGRESS_SERVICE_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/outdial_service.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// Counts the targets and calls of outdials, which takes some 0.5 seconds for a million, and keeps
// the counts for a while: an answer is made from a count that is young (see kMaxAge), and says when
// it was made, whatever the thresholds. A change need not show before the next count, also one that
// was made by the same process.
//
// Who calls RecountWatched again and again has those outdials counted that somebody looks at, so
// that whoever asks every few seconds never waits for a count: only who looks at a long list that
// nobody has looked at for kSlowWatchTime waits.
//
// Thread-safe. Functions block on the database. Besides the errors that they name, all return
// DATABASE_UNAVAILABLE (also where counting takes longer than the database lets Database::ReadLong
// take) and INTERNAL (see UnitOfWork).
class OutdialProgressService {
 public:
  // A count that is older is not answered with, unless counting took more than half of this: then
  // twice as long.
  static constexpr absl::Duration kMaxAge = absl::Seconds(5);
  // RecountWatched counts what was asked for within the last kWatchTime, and whose count is older
  // than kRecountAge. What took kSlow or longer to count it watches for kSlowWatchTime, and counts
  // so that an answer need not wait:
  static constexpr absl::Duration kWatchTime = absl::Seconds(10);
  static constexpr absl::Duration kRecountAge = absl::Seconds(2);
  static constexpr absl::Duration kSlow = absl::Milliseconds(100);
  static constexpr absl::Duration kSlowWatchTime = absl::Minutes(1);
  // Who asks for an outdial that is being counted waits this long for the count at most. A count
  // that takes kSlow or longer and fails is not tried again for kMaxAge.
  static constexpr absl::Duration kMaxWait = absl::Seconds(2);
  // Of so many outdials counts are kept; of more, those that were asked for last.
  static constexpr std::size_t kMaxKept = 1000;

  // `outdials` must outlive the service: where it does not the program stops.
  OutdialProgressService(const ServicePorts& ports, OutdialService& outdials)
      : ports_(ports), outdials_(outdials) {}

  // Counts where no count is kept that is young enough. Those who ask for the same outdial
  // meanwhile wait for that count; DATABASE_UNAVAILABLE where it takes too long. Error:
  // OUTDIAL_NOT_FOUND, also for a deleted one.
  absl::StatusOr<OutdialProgress> Get(OutdialId id, const TryThresholds& thresholds);

  // Counts again up to `limit` outdials that somebody looks at, those with the oldest counts first,
  // and returns how many it counted: `limit` means that there may be more. Forgets the counts that
  // nobody has asked for lately. To be called twice a second or so, by one thread. Where counts
  // fail it returns the first one's error, after the others.
  absl::StatusOr<std::size_t> RecountWatched(std::size_t limit);

 private:
  // What is kept of an outdial. Guarded by mutex_.
  struct Kept {
    std::shared_ptr<const OutdialCount> count;     // the last one that succeeded; null: none did
    absl::Status last_result;                      // of the last count that ended
    absl::Duration took;                           // that one
    absl::Time tm_failure = absl::InfinitePast();  // of the last one that failed
    std::int64_t counts_ended = 0;
    bool counting = false;
    absl::Time last_asked;

    bool IsYoungEnough(absl::Time now) const;  // to answer with
    bool IsWatched(absl::Time now) const;
    bool HasFailedSlowly(absl::Time now) const;
    bool IsDue(absl::Time now) const;  // to be counted again
  };

  std::shared_ptr<Kept> KeptOf(OutdialId id, absl::Time now);  // needs mutex_
  void Count(OutdialId id, Kept& kept, std::unique_lock<std::mutex>& lock);

  ServicePorts ports_;
  const Use<OutdialService> outdials_;
  std::mutex mutex_;
  std::condition_variable count_ended_;
  // Who counts or waits for a count holds its entry, which may have gone from here meanwhile.
  absl::flat_hash_map<OutdialId, std::shared_ptr<Kept>> kept_;  // guarded by mutex_
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTDIAL_PROGRESS_SERVICE_H_
