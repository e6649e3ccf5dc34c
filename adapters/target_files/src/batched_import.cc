#include "outdial/target_files/batched_import.h"

#include <exception>
#include <utility>

#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"

namespace outdial::target_files {
namespace {

// Before the thread begins.
BatchedImport::ImportBatch Checked(BatchedImport::ImportBatch import_batch) {
  if (!import_batch) StopAtMisuse("target_files::BatchedImport is given an empty function");
  return import_batch;
}

}  // namespace

BatchedImport::BatchedImport(ImportBatch import_batch)
    : import_batch_(Checked(std::move(import_batch))), thread_([this] { Work(); }) {}

BatchedImport::~BatchedImport() { Join(); }

// Nobody would take another batch from it.
void BatchedImport::StopIfEnded() const {
  if (!thread_.joinable()) StopAtMisuse("target_files::BatchedImport is used after its end");
}

absl::Status BatchedImport::Add(Row row) {
  StopIfEnded();
  next_.rows.push_back(std::move(row.target));
  next_.lines.push_back(row.line);
  next_.texts.push_back(std::move(row.text));
  next_.bytes += row.size;
  ++rows_;
  if (next_.rows.size() < kBatchRows && next_.bytes < kBatchBytes) return absl::OkStatus();
  return Send();
}

absl::Status BatchedImport::Send() {
  Batch batch = std::exchange(next_, {.number = next_.number + 1, .first_row = rows_});
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.has_value() || !status_.ok(); });
  if (!status_.ok()) return status_;
  waiting_ = std::move(batch);
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status BatchedImport::Finish() {
  StopIfEnded();
  if (!next_.rows.empty()) Send().IgnoreError();
  Join();
  return status_;
}

absl::Status BatchedImport::Stop() {
  StopIfEnded();
  Join();
  return status_;
}

void BatchedImport::Join() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

ImportCounts BatchedImport::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void BatchedImport::Work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.has_value() || ended_; });
    if (!waiting_.has_value() || !status_.ok()) return;
    Batch batch = *std::exchange(waiting_, std::nullopt);
    changed_.notify_all();
    lock.unlock();

    absl::StatusOr<ImportResult> result =
        MakeError(Reason::kInternal, "The rows could not be added.");
    try {
      result = import_batch_(batch);
    } catch (const std::exception&) {  // memory that ran out, for one
      result = MakeError(Reason::kInternal, "The rows could not be added.");
    }
    lock.lock();
    if (result.ok()) {
      counts_ += result->counts;
    } else {
      status_ = result.status();
    }
    changed_.notify_all();
    if (!status_.ok()) return;
  }
}

}  // namespace outdial::target_files
