#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/wire/json.h"
#include "reader.h"

namespace outdial::target_files {
namespace {

absl::Status Malformed(std::string_view problem) {
  return MakeError(Reason::kMalformedRequest, problem);
}

// Behind so much of a quoted field its end is not looked for any more.
constexpr std::size_t kMaxQuotedBytes = 64 * 1024 * 1024;

struct Column {
  std::string name;
  std::optional<std::size_t> field;  // nullopt: it is none
};

class CsvReader final : public RowParser::Reader {
 public:
  CsvReader(FileSettings settings, RowParser::OnRow on_row)
      : settings_(std::move(settings)), on_row_(std::move(on_row)) {}

  absl::Status Parse(std::string_view piece) override { return Take(mark_.Skip(piece)); }

  absl::Status Finish() override {
    if (absl::Status status = Take(mark_.Rest()); !status.ok()) return status;
    if (!started_) {
      if (absl::Status status = Start('\n'); !status.ok()) return status;
    }
    if (state_ == State::kQuoted) return UnclosedQuote();
    if (size_ > 0) {
      if (absl::Status status = EndRow(); !status.ok()) return status;
    }
    if (!columns_.empty()) return absl::OkStatus();
    return Malformed("The file is empty: its first line has to name its columns.");
  }

 private:
  enum class State { kFieldStart, kUnquoted, kQuoted, kAfterQuote, kBehindQuotes };

  static constexpr std::string_view kDelimiters = ",;\t|";

  // The header tells what separates fields, and what ends lines.
  absl::Status Take(std::string_view piece) {
    if (started_) return Read(piece);
    head_.append(piece);
    for (; scanned_ < head_.size(); ++scanned_) {
      const char c = head_[scanned_];
      if (c == '"') head_quoted_ = !head_quoted_;
      if (head_quoted_) continue;
      if (c == '\n') return Start('\n');
      if (c == '\r') {
        if (scanned_ + 1 == head_.size()) return absl::OkStatus();  // what follows tells
        if (head_[scanned_ + 1] != '\n') return Start('\r');
      }
      const std::size_t delimiter = kDelimiters.find(c);
      if (delimiter != std::string_view::npos) ++delimiter_counts_.at(delimiter);
    }
    return head_.size() <= kMaxRowBytes ? absl::OkStatus() : Start('\n');
  }

  absl::Status Start(char line_end) {
    started_ = true;
    line_end_ = line_end;
    const auto most = std::max_element(delimiter_counts_.begin(), delimiter_counts_.end());
    delimiter_ = settings_.delimiter != '\0'
                     ? settings_.delimiter
                     : kDelimiters.at(static_cast<std::size_t>(most - delimiter_counts_.begin()));
    const std::string head = std::exchange(head_, {});
    return Read(head);
  }

  absl::Status Read(std::string_view piece) {
    for (const char c : piece) {
      if ((c == line_end_ || c == '\n') && state_ != State::kQuoted) {
        if (absl::Status status = EndRow(); !status.ok()) return status;
        continue;
      }
      ++size_;
      if (size_ > kMaxRowBytes && !too_large_) BeTooLarge();
      if (state_ == State::kQuoted && size_ - quote_begin_ > kMaxQuotedBytes) {
        return UnclosedQuote();
      }
      if (settings_.keep_text && !too_large_) text_ += c;
      ReadByte(c);
    }
    return absl::OkStatus();
  }

  void ReadByte(char c) {
    switch (state_) {
      case State::kFieldStart:
        if (c == ' ' && c != delimiter_) {
          ++blanks_;
          return;
        }
        if (c == '"') {
          // Some people write blanks behind delimiters.
          blanks_ = 0;
          state_ = State::kQuoted;
          any_quoted_ = true;
          quote_line_ = line_;
          quote_begin_ = size_;
          return;
        }
        KeepBlanks();
        state_ = State::kUnquoted;
        [[fallthrough]];
      case State::kUnquoted:
        if (c == delimiter_) return EndField();
        return Keep(c);
      case State::kQuoted:
        if (c == line_end_) ++line_;
        if (c != '"') return Keep(c);
        state_ = State::kAfterQuote;
        return;
      case State::kAfterQuote:
        if (c == '"') {
          Keep(c);
          state_ = State::kQuoted;
          return;
        }
        [[fallthrough]];
      case State::kBehindQuotes:
        if (c == delimiter_) {
          EndField();
        } else if (c == '\r' || c == ' ') {
          state_ = State::kBehindQuotes;
        } else {
          if (error_.ok()) error_ = Malformed("There is text after the end of a quoted field.");
          Keep(c);
          state_ = State::kUnquoted;
        }
        return;
    }
  }

  void Keep(char c) {
    if (!too_large_) row_ += c;
  }

  // Those at the beginning of a field without quotes are its own. The names of columns have none.
  void KeepBlanks() {
    if (!too_large_ && !columns_.empty()) row_.append(blanks_, ' ');
    blanks_ = 0;
  }

  void EndField() {
    KeepBlanks();
    state_ = State::kFieldStart;
    if (too_large_) return;
    ends_.push_back(row_.size());
    if (ends_.size() >= kMaxColumns) BeTooLarge();
  }

  // Nothing of the row is kept any more; quotes go on to tell where it ends.
  void BeTooLarge() {
    too_large_ = true;
    error_ = RowTooLarge();
    row_.clear();
    ends_.clear();
    text_.clear();
  }

  absl::Status RowTooLargeOver(std::int64_t last_line) const {
    return MakeError(Reason::kRowTooLarge,
                     absl::StrCat(RowTooLarge().message(), " It ends in line ", last_line,
                                  ": the quote in line ", quote_line_, " may lack its end."));
  }

  absl::Status UnclosedQuote() const {
    if (size_ - quote_begin_ > kMaxQuotedBytes) {
      return MakeError(
          Reason::kRowTooLarge,
          absl::StrCat("A field of the row that begins in line ", row_line_, " is larger than ",
                       kMaxQuotedBytes, " bytes: the quote in line ", quote_line_,
                       " may lack its end."));
    }
    return Malformed(absl::StrCat("The quote in line ", quote_line_, " lacks its end."));
  }

  // The fields of a row, each as long as `row_` is not changed.
  std::vector<std::string_view> Fields() const {
    std::vector<std::string_view> fields;
    fields.reserve(ends_.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      fields.push_back(std::string_view(row_).substr(begin, end - begin));
      begin = end;
    }
    return fields;
  }

  absl::Status EndRow() {
    KeepBlanks();
    if (state_ == State::kUnquoted && row_.ends_with('\r')) row_.pop_back();
    absl::Status status;
    // Spreadsheets leave lines of delimiters alone; what is quoted is meant.
    if (!row_.empty() || any_quoted_ || !error_.ok()) {
      if (error_.ok()) ends_.push_back(row_.size());
      if (text_.ends_with('\r')) text_.pop_back();
      if (columns_.empty()) {
        header_ = text_;
        status = ReadHeader();
      } else {
        if (too_large_ && line_ > row_line_) error_ = RowTooLargeOver(line_);
        on_row_({.line = row_line_, .size = size_, .target = ReadRow(), .text = text_});
      }
    }
    state_ = State::kFieldStart;
    error_ = absl::OkStatus();
    row_.clear();
    ends_.clear();
    text_.clear();
    size_ = 0;
    any_quoted_ = false;
    too_large_ = false;
    row_line_ = ++line_;
    return status;
  }

  absl::Status ReadHeader() {
    if (!error_.ok()) return error_;
    std::set<std::string> names;
    std::set<std::size_t> fields;
    for (const std::string_view text : Fields()) {
      const std::string decoded = Decode(text);
      const auto name = absl::StripAsciiWhitespace(decoded);
      Column column{.name = std::string(name), .field = std::nullopt};
      if (absl::Status status = CheckText("header", column.name, kTextLimits); !status.ok()) {
        return WithEncodingAdvice(status);
      }
      const auto renamed = settings_.columns.find(column.name);
      column.field = FieldOf(renamed == settings_.columns.end() ? column.name : renamed->second);
      // Columns without a name are what some programs leave at the end.
      if (!column.name.empty() && !names.insert(column.name).second) {
        return Malformed("The header names a column twice.");
      }
      if (column.field.has_value() && !fields.insert(*column.field).second) {
        return Malformed(absl::StrCat("Two columns are the field ",
                                      std::string(kFields.at(*column.field)), "."));
      }
      columns_.push_back(std::move(column));
    }
    for (const auto& [name, field] : settings_.columns) {
      if (!names.contains(name)) {
        return Malformed(absl::StrCat("The header does not name the column ", name, "."));
      }
    }
    if (settings_.keep_rest && fields.contains(kData)) {
      return Malformed("What is left over cannot be kept in data, which is a column.");
    }
    if (settings_.keep_rest) NameByPlace(names);
    if (!fields.empty() && *fields.rbegin() >= kFirstDestination) return absl::OkStatus();
    return Malformed(
        absl::StrCat("No column is a destination (the first line names: ", ColumnNames(),
                     "): name one destination_0, or, on the command line, map one: --map "
                     "COLUMN=destination_0."));
  }

  // What is in columns without a name is kept too: "column 3", or the next one that is free.
  void NameByPlace(std::set<std::string>& names) {
    std::size_t number = 0;  // as in the file that rows were refused of
    for (Column& column : columns_) {
      if (!IsOfRejects(column.name)) ++number;
      for (std::size_t place = number; column.name.empty(); ++place) {
        std::string name = absl::StrCat("column ", place);
        if (names.insert(name).second) column.name = std::move(name);
      }
    }
  }

  // As much of them as is of use to somebody who reads it.
  std::string ColumnNames() const {
    constexpr std::size_t kMaxBytes = 100;
    std::string names;
    for (const Column& column : columns_) {
      const std::string_view separator = names.empty() ? "" : ", ";
      if (names.size() + separator.size() + column.name.size() > kMaxBytes) {
        return absl::StrCat(names, std::string(separator), "…");
      }
      absl::StrAppend(&names, std::string(separator), column.name);
    }
    return names;
  }

  absl::StatusOr<NewOutdialTarget> ReadRow() const {
    if (!error_.ok()) return error_;
    std::vector<std::string_view> values = Fields();
    // Some programs end each row with a delimiter.
    while (values.size() > columns_.size() && values.back().empty()) values.pop_back();
    if (values.size() > columns_.size()) {
      return Malformed(absl::StrCat("The row has ", values.size(), " columns, the header has ",
                                    columns_.size(), "."));
    }
    NewOutdialTarget target;
    wire::Json rest = wire::Json::object();
    bool of_rejects = false;
    bool of_row = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) continue;
      const Column& column = columns_[i];
      (IsOfRejects(column.name) ? of_rejects : of_row) = true;
      if (column.field.has_value()) {
        absl::Status status = ReadField(*column.field, Decode(values[i]), target);
        if (!status.ok()) return WithEncodingAdvice(status);
      } else if (settings_.keep_rest && !IsOfRejects(column.name)) {
        std::string value = Decode(values[i]);
        if (absl::Status status = CheckText(column.name, value, kTextLimits); !status.ok()) {
          return WithEncodingAdvice(status);
        }
        rest[column.name] = std::move(value);
      }
    }
    if (of_rejects && !of_row) return RowIsMissing();
    if (!rest.empty()) {
      absl::Status status = ReadField(kData, wire::DumpJson(rest), target);
      if (!status.ok()) return status;
    }
    return target;
  }

  static absl::Status ReadField(std::size_t field, std::string value, NewOutdialTarget& target) {
    const auto keep = [](auto text, auto& kept) -> absl::Status {
      if (!text.ok()) return text.status();
      kept = *std::move(text);
      return absl::OkStatus();
    };
    const std::string_view name = kFields.at(field);
    if (field >= kFirstDestination) {
      return keep(ReadDestination(name, value), target.destinations[field - kFirstDestination]);
    }
    if (field == 0) return keep(Name::Create(name, std::move(value)), target.name);
    return keep(Text::Create(name, std::move(value)), field == kData ? target.data : target.detail);
  }

  std::string Decode(std::string_view text) const {
    return ToUtf8(text, settings_.encoding, mark_);
  }

  const FileSettings settings_;
  const RowParser::OnRow on_row_;
  std::vector<Column> columns_;  // none until the header is read

  // Until the header has ended.
  bool started_ = false;
  std::string head_;
  std::size_t scanned_ = 0;
  bool head_quoted_ = false;
  std::array<std::size_t, kDelimiters.size()> delimiter_counts_{};

  char line_end_ = '\n';

  // The row in hand.
  State state_ = State::kFieldStart;
  absl::Status error_;             // why it is refused
  std::string row_;                // the text of its fields
  std::vector<std::size_t> ends_;  // of the fields, in row_
  std::string text_;
  std::size_t size_ = 0;
  std::size_t blanks_ = 0;       // at the beginning of the field, not in row_ yet
  std::size_t quote_begin_ = 0;  // of the last quoted field: `size_` then
  bool any_quoted_ = false;      // of its fields
  bool too_large_ = false;
  std::int64_t row_line_ = 1;
  std::int64_t quote_line_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RowParser::Reader> MakeCsvReader(FileSettings settings, RowParser::OnRow on_row) {
  return std::make_unique<CsvReader>(std::move(settings), std::move(on_row));
}

}  // namespace outdial::target_files
