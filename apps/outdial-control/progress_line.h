// How far something long has come, for somebody who watches.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_LINE_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_LINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace outdial::control {

// What has been done.
struct ProgressState {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> total_bytes{};  // nullopt: nobody knows
  absl::Duration elapsed{};
};

// "52 %  520,000 rows  41,000/s  0:12 left"; without a total, "520,000 rows  41,000/s".
std::string ProgressText(const ProgressState& state);

// The same after a bar, "[=====>    ]", as far as there is room in `width` columns.
std::string ProgressBar(const ProgressState& state, std::size_t width);

// Tells of progress on standard error: a line that is drawn again and again on a terminal, plain
// lines now and then elsewhere. Used by one thread.
class ProgressLine {
 public:
  ProgressLine();

  // Ends the line.
  ~ProgressLine();

  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Shows it, unless something was shown a moment ago.
  void Show(const ProgressState& state);

  // Shows it for the last time, where somebody watches.
  void Finish(const ProgressState& state);

 private:
  void Write(const ProgressState& state);

  const bool terminal_;
  absl::Duration shown_at_ = -absl::InfiniteDuration();  // elapsed then
  bool unfinished_ = false;                              // whether there is a line to be ended
};

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_LINE_H_
