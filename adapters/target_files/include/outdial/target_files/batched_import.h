// Rows that come one after another, imported in batches.
#ifndef OUTDIAL_TARGET_FILES_BATCHED_IMPORT_H_
#define OUTDIAL_TARGET_FILES_BATCHED_IMPORT_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/target_import.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::target_files {

// A batch is full when it holds so many rows, or so many bytes of its file:
inline constexpr std::size_t kBatchRows = 1'000;
inline constexpr std::size_t kBatchBytes = 1024 * 1024;

// Rows that are imported together. What a file is cut into depends on its rows alone: the same file
// always makes the same batches.
struct Batch {
  std::int64_t number = 0;     // from 0 on
  std::int64_t first_row = 0;  // the index of the first of its rows in the file, from 0 on
  std::vector<absl::StatusOr<NewOutdialTarget>> rows{};  // as Row::target
  std::vector<std::int64_t> lines{};                     // of the rows
  std::vector<std::string> texts{};                      // of the rows, empty where they bring none
  std::size_t bytes = 0;                                 // of its rows, as they are in the file
};

// Imports one batch while the next one is put together, on a thread of its own. Holds no more than
// these two. Used by one thread, except for what says otherwise. Finish or Stop is its end: whoever
// adds or ends anything after that stops the program.
class BatchedImport {
 public:
  // Imports the rows of a batch, which it may move from, on the thread of the import; called for
  // one batch after the other, and no more after an error. A batch whose result it returns counts
  // as imported.
  using ImportBatch = std::function<absl::StatusOr<ImportResult>(Batch&)>;

  // `import_batch` must be callable until Finish or Stop has returned, or the destructor. An empty
  // one stops the program.
  explicit BatchedImport(ImportBatch import_batch);

  // Waits for the batch in hand, and drops what was not given to the thread.
  ~BatchedImport();

  BatchedImport(const BatchedImport&) = delete;
  BatchedImport& operator=(const BatchedImport&) = delete;

  // Adds a row. Blocks while a full batch waits for the one in hand. Returns the error of a batch
  // that was not imported; no more rows are taken then.
  absl::Status Add(Row row);

  // Imports what is left, and waits for it. Returns what Add does.
  absl::Status Finish();

  // Imports the batches that were given to the thread, two at most, and drops what is left. Returns
  // what Add does.
  absl::Status Stop();

  // Of all batches that are committed. Any thread.
  ImportCounts counts() const;

 private:
  void Work();
  absl::Status Send();
  void StopIfEnded() const;
  void Join();

  const ImportBatch import_batch_;

  Batch next_;
  std::int64_t rows_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Batch> waiting_;
  bool ended_ = false;
  absl::Status status_;
  ImportCounts counts_;

  std::thread thread_;  // last, because it uses all of that
};

}  // namespace outdial::target_files

#endif  // OUTDIAL_TARGET_FILES_BATCHED_IMPORT_H_
