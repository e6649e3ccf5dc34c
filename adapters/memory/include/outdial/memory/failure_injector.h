// Makes chosen calls of the memory adapters fail.
#ifndef OUTDIAL_MEMORY_FAILURE_INJECTOR_H_
#define OUTDIAL_MEMORY_FAILURE_INJECTOR_H_

#include <array>
#include <cstddef>
#include <limits>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "outdial/memory/call_hook.h"

namespace outdial::memory {

// When a call fails: before its effect, or after it, so that only its answer is lost.
enum class FailurePoint {
  kBefore,  // nothing has happened
  kAfter,   // the call had its effect
};

// A failure to come. As it stands the next call of `call` fails before its effect with
// DATABASE_UNAVAILABLE.
struct Failure {
  // For `times`: all calls to come.
  static constexpr std::size_t kForever = std::numeric_limits<std::size_t>::max();

  Call call;                                   // which one fails
  FailurePoint point = FailurePoint::kBefore;  // when it does
  std::size_t nth = 1;    // which call from now, counted from 1, is the first to fail
  std::size_t times = 1;  // how many calls in a row fail
  absl::Status status = DefaultStatus();  // what they return; not OK

  // DATABASE_UNAVAILABLE.
  static absl::Status DefaultStatus();
};

// One object is shared by all adapters that it is to watch over, and must outlive them:
//
//   FailureInjector failures;
//   memory::Database database({.hook = &failures});
//   memory::Cache cache(&failures);
//   failures.Fail({.call = Call::kDatabaseCommit, .point = FailurePoint::kAfter});
//   // The next change is made, but whoever asked for it is told that the database is away.
//
// Thread-safe, does not block. Without failures to come it only counts.
class FailureInjector final : public CallHook {
 public:
  // Adds a failure to those that are to come. Where several meet in one call, the one that was
  // added first decides, and all of them count the call. One that could never come about (an OK
  // status, 0 as nth or times, a call or point that there is none of) stops the program.
  void Fail(Failure failure);

  // Forgets what has not failed yet.
  void Clear();

  // How many of the failures that were added have not happened, or not often enough, so far. A test
  // that ends with 0 knows that what it forced did happen.
  std::size_t pending() const;

  // How many calls of `call` were begun.
  std::size_t count(Call call) const;

  absl::Status Before(Call call) override;
  absl::Status After(Call call) override;

 private:
  absl::Status At(Call call, FailurePoint point);  // needs mutex_

  mutable std::mutex mutex_;  // guards what follows
  std::vector<Failure> failures_;
  std::array<std::size_t, kCallCount> counts_{};
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_FAILURE_INJECTOR_H_
