// Removes the journal entries of requests that are acknowledged.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_JOURNAL_CLEANER_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_JOURNAL_CLEANER_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "outdial/services/request_journal_service.h"

namespace outdial::rabbitmq {

// Collects keys and removes their entries in batches, on a thread of its own. What does not fit
// into its queue, or cannot be removed, is left to the journal's own expiry. Thread-safe.
class JournalCleaner {
 public:
  // `journal` must outlive it.
  explicit JournalCleaner(RequestJournalService& journal) : journal_(journal) {}

  // Stops.
  ~JournalCleaner() { Stop(); }

  JournalCleaner(const JournalCleaner&) = delete;
  JournalCleaner& operator=(const JournalCleaner&) = delete;

  void Start();

  // Removes what was added, and ends. Idempotent.
  void Stop();

  // Neither blocks.
  void Add(std::vector<std::string> keys);
  // So many more entries are left to the journal's own expiry.
  void Leave(std::size_t keys) { left_ += keys; }

  std::uint64_t removed() const { return removed_; }
  std::uint64_t left() const { return left_; }

 private:
  void Run();
  void RemoveAll(const std::vector<std::string>& keys);

  const Use<RequestJournalService> journal_;
  std::atomic<std::uint64_t> removed_ = 0;
  std::atomic<std::uint64_t> left_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<std::string> keys_;

  std::thread thread_;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_JOURNAL_CLEANER_H_
