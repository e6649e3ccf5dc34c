#include "outdial-control/target_import.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "outdial-control/command_line.h"
#include "outdial-control/file_format.h"
#include "outdial-control/progress_line.h"
#include "outdial-control/rejects_file.h"
#include "outdial/apps/settings.h"
#include "outdial/apps/signals.h"
#include "outdial/entities/error.h"
#include "outdial/target_files/batched_import.h"
#include "outdial/wire/entity_json.h"

namespace outdial::control {
namespace {

using target_files::Batch;
using target_files::Row;

// How many of the refused rows are shown.
constexpr std::size_t kShownRows = 10;

absl::Status CannotBeRead(int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("The file cannot be read: ", std::strerror(error), "."));
}

// The file that is imported.
class InputFile {
 public:
  static absl::StatusOr<InputFile> Open(const std::string& path) {
    const int descriptor =
        path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return CannotBeRead(errno);
    return InputFile(descriptor);
  }

  InputFile(InputFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), at_start_(other.at_start_) {}
  ~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  // nullopt: a stream.
  std::optional<std::int64_t> size() const {
    if (!S_ISREG(at_start_.st_mode)) return std::nullopt;
    return at_start_.st_size;
  }

  // Waits for something to read, or a signal, and reads it into `buffer`. Nothing: the end of the
  // file, or a signal has come.
  absl::StatusOr<std::string_view> Read(std::array<char, 1 << 16>& buffer,
                                        const apps::StopSignalWatch& signals) const {
    while (!signals.stopped()) {
      std::array<pollfd, 2> waiting = {
          {{descriptor_, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}}};
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
        return CannotBeRead(errno);
      }
      if (signals.stopped()) break;
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count >= 0) return std::string_view(buffer.data(), static_cast<std::size_t>(count));
      if (errno != EINTR && errno != EAGAIN) return CannotBeRead(errno);
    }
    return std::string_view();
  }

  // What was read may be half of what somebody is writing.
  absl::Status CheckUnchanged() const {
    struct stat now {};
    if (!size().has_value() || ::fstat(descriptor_, &now) != 0) return absl::OkStatus();
    if (now.st_size == at_start_.st_size && now.st_mtim.tv_sec == at_start_.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == at_start_.st_mtim.tv_nsec) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("The file was changed while it was read.");
  }

  bool IsSameFile(const std::string& path) const {
    struct stat other {};
    return ::stat(path.c_str(), &other) == 0 && other.st_dev == at_start_.st_dev &&
           other.st_ino == at_start_.st_ino;
  }

 private:
  explicit InputFile(int descriptor) : descriptor_(descriptor) {
    if (::fstat(descriptor_, &at_start_) != 0) at_start_ = {};
  }

  int descriptor_;
  struct stat at_start_ {};
};

// "destination_0.target: The telephone number is too short. (INVALID_PHONE_NUMBER)"
std::string Describe(const absl::Status& reason) {
  const std::string field = GetField(reason);
  return absl::StrCat(field, field.empty() ? "" : ": ", reason.message(), " (",
                      std::string(ReasonName(GetReason(reason))), ")");
}

// One import, from the file to the database.
class Import {
 public:
  Import(Services& services, OutdialId outdial_id, const ImportOptions& options,
         std::optional<RejectsFile> rejects)
      : services_(services),
        outdial_id_(outdial_id),
        options_(options),
        settings_(SettingsOf(options)),
        rejects_(std::move(rejects)),
        rows_to_skip_(options.skipped_rows),
        parser_(settings_, [this](Row row) { Take(std::move(row)); }),
        batches_([this](Batch& batch) { return ImportBatch(batch); }) {}

  absl::StatusOr<Outcome> Run(const InputFile& input) {
    const absl::Status status = ImportAll(input);
    ShowRefused();
    if (!status.ok()) return WithHowToGoOn(status);
    if (rows_to_skip_ > 0 && !signals_.stopped()) return TooFewRows();
    if (signals_.stopped()) {
      apps::PrintError(kProgram, absl::StrCat("interrupted.", HowToGoOn(/*possible=*/true)));
      return Outcome(std::nullopt, signals_.exit_code());
    }
    const ImportCounts counts = batches_.counts();
    wire::Json result = wire::ToJson(counts);
    if (options_.dry_run) result["dry_run"] = true;
    return Outcome(std::move(result), counts.refused > 0 ? EXIT_FAILURE : EXIT_SUCCESS);
  }

 private:
  static target_files::FileSettings SettingsOf(const ImportOptions& options) {
    target_files::FileSettings settings = options.file;
    settings.format = options.format.value_or(FormatByName(options.path));
    settings.keep_text = !options.rejects_path.empty();
    return settings;
  }

  // Until the end of the file, a signal or an error; nothing is at work any more then.
  absl::Status ImportAll(const InputFile& input) {
    ProgressLine line;
    Progress progress{.line = line, .start = absl::Now(), .state = {.total_bytes = input.size()}};
    absl::Status status = ReadAll(input, progress);
    const bool complete = status.ok() && !signals_.stopped();
    // Why the batches ended comes first: what was read after that means nothing.
    const absl::Status imported = complete ? batches_.Finish() : batches_.Stop();
    if (!imported.ok()) status = imported;
    // A batch that waited for the list's keys gives up for a signal.
    if (!status.ok() &&
        !(signals_.stopped() && GetReason(status) == Reason::kDestinationKeysPending)) {
      return status;
    }
    UpdateProgress(progress);
    line.Finish(progress.state);
    // A file without rows leaves none refused.
    return complete && rejects_.has_value() ? rejects_->Write() : absl::OkStatus();
  }

  struct Progress {
    ProgressLine& line;
    absl::Time start;
    ProgressState state;
  };

  void UpdateProgress(Progress& progress) const {
    progress.state.rows = batches_.counts().rows();
    progress.state.elapsed = absl::Now() - progress.start;
  }

  absl::Status ReadAll(const InputFile& input, Progress& progress) {
    std::array<char, 1 << 16> buffer{};
    while (true) {
      absl::StatusOr<std::string_view> piece = input.Read(buffer, signals_);
      if (!piece.ok()) return piece.status();
      if (signals_.stopped()) return absl::OkStatus();
      if (piece->empty()) break;
      if (absl::Status parsed = parser_.Parse(*piece); !parsed.ok()) return parsed;
      if (!status_.ok()) return status_;
      progress.state.bytes += static_cast<std::int64_t>(piece->size());
      UpdateProgress(progress);
      progress.line.Show(progress.state);
    }
    if (absl::Status unchanged = input.CheckUnchanged(); !unchanged.ok()) return unchanged;
    return parser_.Finish();
  }

  void Take(Row row) {
    if (rows_to_skip_ > 0) {
      --rows_to_skip_;
      return;
    }
    if (!status_.ok()) return;
    row.target = services_.imports.Normalize(std::move(row.target), options_.region);
    status_ = batches_.Add(std::move(row));
  }

  // A batch whose refused rows cannot be written does not count as done, though it is in.
  absl::StatusOr<ImportResult> ImportBatch(Batch& batch) {
    absl::StatusOr<ImportResult> result = AddRows(batch);
    if (!result.ok()) return result;
    for (const RowNotImported& row : result->not_imported) {
      if (!row.skipped) TakeRefused(row, batch.lines.at(row.index), batch.texts.at(row.index));
    }
    if (!rejects_.has_value()) return result;
    if (absl::Status written = rejects_->Write(); !written.ok()) {
      rows_without_rejects_ = result->counts.rows();
      return written;
    }
    return result;
  }

  absl::StatusOr<ImportResult> AddRows(Batch& batch) {
    TargetImportService& imports = services_.imports;
    if (options_.dry_run) {
      return imports.Rehearse(outdial_id_, std::move(batch.rows), options_.on_duplicate, rehearsal_,
                              [this] { return GoOn(); });
    }
    return imports.Import(outdial_id_, std::move(batch.rows), options_.on_duplicate, nullptr,
                          [this] { return GoOn(); });
  }

  // Whether a batch goes on waiting for the list's keys.
  bool GoOn() {
    if (!std::exchange(told_of_waiting_, true)) {
      apps::PrintError(kProgram,
                       "targets that others have added to the list are prepared for finding "
                       "duplicates first, which takes a while");
    }
    return !signals_.stopped();
  }

  void TakeRefused(const RowNotImported& row, std::int64_t line, const std::string& text) {
    const std::string reason = Describe(row.reason);
    if (refused_.size() < kShownRows) refused_.push_back(absl::StrCat("line ", line, ": ", reason));
    if (rejects_.has_value()) rejects_->Add(parser_, settings_.format, line, reason, text);
  }

  void ShowRefused() const {
    for (const std::string& line : refused_) apps::PrintError(kProgram, line);
    const std::int64_t more =
        batches_.counts().refused - static_cast<std::int64_t>(refused_.size());
    if (more > 0) apps::PrintError(kProgram, absl::StrCat("and ", more, " more rows refused"));
  }

  absl::Status TooFewRows() const {
    return absl::InvalidArgumentError(absl::StrCat(
        "The file has only ", options_.skipped_rows - rows_to_skip_, " rows, but --skip-rows is ",
        options_.skipped_rows, ". Nothing was imported."));
  }

  // What is in stays in.
  std::string HowToGoOn(bool possible) const {
    const std::int64_t rows = options_.skipped_rows + batches_.counts().rows();
    if (options_.dry_run || rows + rows_without_rejects_ == 0) return " Nothing was imported.";
    if (!possible) return absl::StrCat(" ", rows, " rows are done.");
    const std::string go_on =
        absl::StrCat(rows, " rows are done; to go on, repeat the command with --skip-rows ", rows);
    if (rows_without_rejects_ == 0) return absl::StrCat(" ", go_on, ".");
    return absl::StrCat(" ", go_on, " (the next ", rows_without_rejects_,
                        " rows are in as well, but which of them were refused is not written down: "
                        "--on-duplicate skip adds none of them again).");
  }

  absl::Status WithHowToGoOn(const absl::Status& status) const {
    const Reason reason = GetReason(status);
    const bool may_be_in = reason == Reason::kDatabaseUnavailable && !options_.dry_run;
    absl::Status told(
        status.code(),
        absl::StrCat(status.message(), HowToGoOn(reason != Reason::kOutdialNotFound),
                     may_be_in
                         ? " The next rows may be in as well, where the answer to their commit "
                           "was lost: --on-duplicate skip adds none of them again."
                         : ""));
    status.ForEachPayload([&](auto url, const auto& payload) { told.SetPayload(url, payload); });
    return told;
  }

  Services& services_;
  const OutdialId outdial_id_;
  const ImportOptions& options_;
  const target_files::FileSettings settings_;
  const apps::StopSignalWatch signals_;
  std::optional<RejectsFile> rejects_;  // belongs to the importing thread until it has ended
  std::int64_t rows_to_skip_;
  absl::Status status_;  // of the batches, as far as the reading thread knows

  // These belong to the importing thread until it has ended.
  std::vector<std::string> refused_;
  std::int64_t rows_without_rejects_ = 0;  // of a batch that is committed
  bool told_of_waiting_ = false;
  ImportRehearsal rehearsal_;

  target_files::RowParser parser_;
  target_files::BatchedImport batches_;  // last, because its thread uses all of that
};

}  // namespace

absl::StatusOr<Outcome> ImportTargets(Services& services, OutdialId outdial_id,
                                      const ImportOptions& options) {
  if (absl::Status region = services.imports.CheckRegion(options.region); !region.ok()) {
    return region;
  }
  const absl::StatusOr<Outdial> outdial = services.outdials.Get(outdial_id);
  if (!outdial.ok()) return outdial.status();
  const absl::StatusOr<InputFile> input = InputFile::Open(options.path);
  if (!input.ok()) return input.status();
  std::optional<RejectsFile> rejects;
  if (!options.rejects_path.empty()) {
    if (input->IsSameFile(options.rejects_path)) {
      return absl::InvalidArgumentError("The file of refused rows is the one that is imported.");
    }
    auto opened = RejectsFile::Open(options.rejects_path, options.skipped_rows > 0);
    if (!opened.ok()) return opened.status();
    rejects.emplace(*std::move(opened));
  }
  if (options.warn_of_missing_events && !options.dry_run) {
    apps::PrintError(kProgram,
                     "no event tells others of this import: give --events on to have a daemon send "
                     "one, or --events off where nobody waits for it");
  }
  return Import(services, outdial_id, options, std::move(rejects)).Run(*input);
}

}  // namespace outdial::control
