#include "outdial-control/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "outdial-control/bar.h"

namespace outdial::control {
namespace {

constexpr absl::Duration kTerminalPeriod = absl::Milliseconds(100);
constexpr absl::Duration kPlainPeriod = absl::Seconds(5);

// "0:07", "12:30", "1:00:00"
std::string ClockText(absl::Duration duration) {
  const std::int64_t seconds = absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)));
  if (seconds < 3600) return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

// How much of it is done, from 0 to 1.
std::optional<double> PartOf(const ProgressState& state) {
  if (state.total_bytes.value_or(0) <= 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(state.bytes) / static_cast<double>(*state.total_bytes));
}

}  // namespace

std::string ProgressText(const ProgressState& state) {
  std::string text = absl::StrCat(WithCommas(state.rows), " rows");
  const double seconds = absl::ToDoubleSeconds(state.elapsed);
  if (seconds > 0) {
    const double rate = static_cast<double>(state.rows) / seconds;
    absl::StrAppend(&text, "  ", WithCommas(static_cast<std::int64_t>(rate)), "/s");
  }
  const std::optional<double> part = PartOf(state);
  if (!part.has_value()) return text;
  if (*part > 0 && *part < 1) {
    absl::StrAppend(&text, "  ", ClockText(state.elapsed * ((1 - *part) / *part)), " left");
  }
  return absl::StrFormat("%3d %%  %s", static_cast<int>(*part * 100), text);
}

std::string ProgressBar(const ProgressState& state, std::size_t width) {
  constexpr std::size_t kMaxBar = 40;
  constexpr std::size_t kMinBar = 5;
  std::string text = ProgressText(state);
  const std::size_t around = text.size() + 4;  // the brackets and two blanks
  const std::optional<double> part = PartOf(state);
  if (part.has_value() && around + kMinBar <= width) {
    text = absl::StrCat(Bar(*part, std::min(kMaxBar, width - around)), "  ", text);
  }
  text.resize(std::min(text.size(), width));
  return text;
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (unfinished_) std::fputc('\n', stderr);
}

void ProgressLine::Show(const ProgressState& state) {
  const absl::Duration period = terminal_ ? kTerminalPeriod : kPlainPeriod;
  if (shown_at_ == -absl::InfiniteDuration() && !terminal_) shown_at_ = absl::ZeroDuration();
  if (state.elapsed - shown_at_ < period) return;
  shown_at_ = state.elapsed;
  Write(state);
}

void ProgressLine::Finish(const ProgressState& state) {
  if (!terminal_) return;
  Write(state);
  std::fputc('\n', stderr);
  unfinished_ = false;
}

void ProgressLine::Write(const ProgressState& state) {
  if (terminal_) {
    // The last column stays empty: some terminals wrap there.
    const std::string text = ProgressBar(state, TerminalWidth(STDERR_FILENO) - 1);
    std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
    unfinished_ = true;
  } else {
    std::fprintf(stderr, "%s\n", ProgressText(state).c_str());
  }
  std::fflush(stderr);
}

}  // namespace outdial::control
