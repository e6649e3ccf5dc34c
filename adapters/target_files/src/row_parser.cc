#include "outdial/target_files/row_parser.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "outdial/entities/address.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/text.h"
#include "outdial/wire/destination_text.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "reader.h"

namespace outdial::target_files {
namespace {

using wire::Json;

constexpr std::string_view kWhiteSpace = " \t\r";

bool SkipDigits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

bool SkipOneOf(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Whether a spreadsheet took a long number for a quantity, as in 1.2125550123E+10 or 4,91512E+12.
// The digits that it left out are lost.
bool IsInScientificNotation(std::string_view text) {
  if (!SkipDigits(text)) return false;
  if (SkipOneOf(text, ".,") && !SkipDigits(text)) return false;
  if (!SkipOneOf(text, "eE")) return false;
  SkipOneOf(text, "+");
  return SkipDigits(text) && text.empty();
}

// Whether it is a quantity with a fraction, as in 49301234567.0 or 030123456,00: its last digits
// would make it the telephone number of somebody else. What people put dots between has groups of
// fewer digits before the last dot, or of more after it.
bool HasFraction(std::string_view text) {
  constexpr std::size_t kMinDigits = 7;
  SkipOneOf(text, "+");
  const std::size_t size = text.size();
  if (!SkipDigits(text) || size - text.size() < kMinDigits) return false;
  if (!SkipOneOf(text, ".,")) return false;
  return text == "00" || (text.size() == 1 && SkipDigits(text));
}

std::string_view StripWhiteSpace(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

// The characters 0x80 to 0x9f; those that are none stay what they are in ISO 8859-1.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

class JsonLinesReader final : public RowParser::Reader {
 public:
  JsonLinesReader(FileSettings settings, RowParser::OnRow on_row)
      : settings_(std::move(settings)), on_row_(std::move(on_row)) {}

  absl::Status Parse(std::string_view piece) override { return Split(mark_.Skip(piece)); }

  absl::Status Finish() override {
    if (absl::Status status = Split(mark_.Rest()); !status.ok()) return status;
    return EndLine();
  }

 private:
  absl::Status Split(std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end);
      size_ += part.size();
      // What is too long to be kept is only counted.
      if (size_ <= kMaxRowBytes) line_.append(part);
      if (end == std::string_view::npos) return absl::OkStatus();
      if (absl::Status status = EndLine(); !status.ok()) return status;
      piece.remove_prefix(end + 1);
    }
    return absl::OkStatus();
  }

  absl::Status EndLine() {
    ++line_number_;
    if (line_.ends_with('\r')) line_.pop_back();
    const std::size_t begin = line_.find_first_not_of(kWhiteSpace);
    const bool too_large = size_ > kMaxRowBytes;
    if (too_large || begin != std::string::npos) {
      if (!any_row_ && begin != std::string::npos && line_[begin] == '[') {
        return MakeError(Reason::kMalformedRequest,
                         "The file is a JSON array: an object in each line is wanted.");
      }
      any_row_ = true;
      Row row{.line = line_number_, .size = size_};
      row.target = too_large ? RowTooLarge() : Read();
      if (settings_.keep_text && !too_large) row.text = line_;
      on_row_(std::move(row));
    }
    line_.clear();
    size_ = 0;
    return absl::OkStatus();
  }

  absl::StatusOr<NewOutdialTarget> Read() {
    const std::string text = ToUtf8(line_, settings_.encoding, mark_);
    absl::StatusOr<Json> json = wire::ParseJson(text, kMaxJsonValues);
    if (GetReason(json.status()) == Reason::kBodyTooLarge) return RowTooLarge();
    if (!json.ok() && !IsValidUtf8(text)) {
      return WithEncodingAdvice(MakeError(Reason::kTextNotUtf8, "The line is not valid UTF-8."));
    }
    if (!json.ok()) {
      return MakeError(GetReason(json.status()), "The line is not a valid JSON object.");
    }
    if (!json->is_object()) return wire::NewOutdialTargetFromJson(*json);
    Json target = Json::object();
    Json rest = Json::object();
    bool any_other_key = false;
    for (auto& [key, value] : json->get_ref<Json::object_t&>()) {
      absl::Status status = ReadMember(key, std::move(value), target, rest);
      if (!status.ok()) return status;
      if (!IsOfRejects(key)) any_other_key = true;
    }
    // An object without any key is what an export writes for a target without anything.
    if (any_other_key && target.empty() && rest.empty()) {
      return MakeError(Reason::kWrongType,
                       "No key of the object is a field, such as destination_0.");
    }
    if (!rest.empty()) {
      const auto data = target.find("data");
      if (data != target.end() && !data->is_null() && *data != wire::Json("")) {
        return MakeError(Reason::kWrongType, "The object has data, and keys that are no field.",
                         "data");
      }
      target["data"] = wire::DumpJson(rest);
    }
    return wire::NewOutdialTargetFromJson(target);
  }

  // Makes a destination that is a text an address, and puts what is no field into `rest`.
  absl::Status ReadMember(const std::string& key, Json value, Json& target, Json& rest) const {
    const auto renamed = settings_.columns.find(key);
    const std::string& name = renamed == settings_.columns.end() ? key : renamed->second;
    const std::optional<std::size_t> field = FieldOf(name);
    if (!field.has_value()) {
      if (key == kRejectedRow) return RowIsMissing();
      if (settings_.keep_rest && !IsOfRejects(key)) rest[key] = std::move(value);
      return absl::OkStatus();
    }
    if (target.contains(name)) {
      return MakeError(Reason::kWrongType, "Two keys of the object are this field.", name);
    }
    if (*field >= kFirstDestination && value.is_string()) {
      auto address = ReadDestination(name, value.get_ref<const std::string&>());
      if (!address.ok()) return address.status();
      value = wire::ToJson(*address);
    } else if (*field >= kFirstDestination && !value.is_object() && !value.is_null()) {
      return MakeError(
          Reason::kWrongType,
          absl::StrCat(name, " must be a text, such as \"+12125550123\", or an object."), name);
    }
    target[name] = std::move(value);
    return absl::OkStatus();
  }

  const FileSettings settings_;
  const RowParser::OnRow on_row_;
  bool any_row_ = false;
  std::int64_t line_number_ = 0;  // of the last line that has ended
  std::string line_;
  std::size_t size_ = 0;  // of the line
};

}  // namespace

std::string_view ByteOrderMark::Skip(std::string_view piece) {
  if (done_) return piece;
  const std::size_t kept = seen_;
  std::size_t used = 0;
  while (seen_ < kByteOrderMark.size() && used < piece.size() &&
         piece[used] == kByteOrderMark[seen_]) {
    ++seen_;
    ++used;
  }
  if (found()) {
    done_ = true;
    return piece.substr(used);
  }
  if (used == piece.size()) return {};
  done_ = true;
  if (kept == 0) return piece;
  joined_ = absl::StrCat(std::string(kByteOrderMark.substr(0, kept)), std::string(piece));
  return joined_;
}

std::optional<std::size_t> FieldOf(std::string_view name) {
  const auto* const found = std::find(kFields.begin(), kFields.end(), name);
  if (found == kFields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kFields.begin());
}

bool IsField(std::string_view name) { return FieldOf(name).has_value(); }

absl::Status RowIsMissing() {
  return MakeError(Reason::kMalformedRequest, "The row that was refused is to be put here.");
}

absl::Status RowTooLarge() {
  return MakeError(Reason::kRowTooLarge,
                   absl::StrCat("The row is larger than ", kMaxRowBytes, " bytes, ", kMaxColumns,
                                " columns or ", kMaxJsonValues, " JSON values."));
}

absl::Status WithEncodingAdvice(const absl::Status& error) {
  if (GetReason(error) != Reason::kTextNotUtf8) return error;
  return MakeError(Reason::kTextNotUtf8,
                   absl::StrCat(error.message(),
                                " Save the file as UTF-8, or, on the command line, say --encoding "
                                "latin1."),
                   GetField(error));
}

std::string ToUtf8(std::string_view text, Encoding encoding, const ByteOrderMark& mark) {
  if (encoding == Encoding::kUtf8 || mark.found()) return std::string(text);
  std::string utf8;
  utf8.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const unsigned int point = byte >= 0x80 && byte < 0xa0 ? kWindows1252[byte - 0x80] : byte;
    if (point < 0x80) {
      utf8 += c;
      continue;
    }
    if (point < 0x800) {
      utf8 += static_cast<char>(0xc0 | (point >> 6));
    } else {
      utf8 += static_cast<char>(0xe0 | (point >> 12));
      utf8 += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    }
    utf8 += static_cast<char>(0x80 | (point & 0x3f));
  }
  return utf8;
}

absl::StatusOr<std::optional<Address>> ReadDestination(std::string_view field,
                                                       const std::string& text) {
  const std::string_view stripped = StripWhiteSpace(text);
  if (stripped.empty()) return std::nullopt;
  if (wire::NamesDestinationType(stripped)) {
    return wire::ParseDestination(field, std::string(stripped));
  }
  if (IsInScientificNotation(stripped)) {
    return MakeError(Reason::kInvalidPhoneNumber,
                     "A spreadsheet has shortened the telephone number: make its column one of "
                     "text before you save it.",
                     field);
  }
  if (HasFraction(stripped)) {
    return MakeError(Reason::kInvalidPhoneNumber,
                     "A spreadsheet has made the telephone number a quantity: make its column one "
                     "of text before you save it.",
                     field);
  }
  return Address::Create(field, {.type = "tel", .target = text});
}

absl::Status RowParser::Reader::CheckFirstBytes(std::string_view piece) {
  struct Kind {
    std::string_view first_bytes;
    std::string_view problem;
  };
  static constexpr std::array<Kind, 4> kKinds = {
      {{"\xff\xfe", "The file is UTF-16: save it as CSV in UTF-8."},
       {"\xfe\xff", "The file is UTF-16: save it as CSV in UTF-8."},
       {"\x1f\x8b", "The file is compressed with gzip: unpack it first."},
       {"PK\x03\x04",
        "The file is a spreadsheet program's own, such as .xlsx, or a ZIP archive: save it as CSV "
        "in UTF-8."}}};
  constexpr std::size_t kMaxFirstBytes = 4;
  if (first_bytes_.size() == kMaxFirstBytes) return absl::OkStatus();
  first_bytes_ += piece.substr(0, kMaxFirstBytes - first_bytes_.size());
  for (const Kind& kind : kKinds) {
    if (first_bytes_.starts_with(kind.first_bytes)) {
      return MakeError(Reason::kMalformedRequest, kind.problem);
    }
  }
  return absl::OkStatus();
}

RowParser::RowParser(FileSettings settings, OnRow on_row) {
  if (!on_row) StopAtMisuse("target_files::RowParser is given an empty function");
  CheckEnumerator(settings.format, Format::kJsonLines, "target_files::Format");
  CheckEnumerator(settings.encoding, Encoding::kLatin1, "target_files::Encoding");
  reader_ = settings.format == Format::kCsv
                ? MakeCsvReader(std::move(settings), std::move(on_row))
                : std::make_unique<JsonLinesReader>(std::move(settings), std::move(on_row));
}

RowParser::~RowParser() = default;

absl::Status RowParser::Parse(std::string_view piece) {
  if (status_.ok()) status_ = reader_->CheckFirstBytes(piece);
  if (status_.ok()) status_ = reader_->Parse(piece);
  return status_;
}

absl::Status RowParser::Finish() {
  if (status_.ok()) status_ = reader_->Finish();
  return status_;
}

const std::string& RowParser::header() const { return reader_->header(); }
char RowParser::delimiter() const { return reader_->delimiter(); }
bool RowParser::has_byte_order_mark() const { return reader_->has_byte_order_mark(); }

}  // namespace outdial::target_files
