// What is exported and imported again is what it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/target_files/file_export.h"
#include "outdial/target_files/row_parser.h"
#include "outdial/target_files/row_writer.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial::target_files {
namespace {

// Texts that somebody has to write with care.
rc::Gen<std::string> AnyText() {
  const auto piece = rc::gen::element<std::string>(
      "a", "+15551230001", "tel:", "sip:", "extension:", "{\"type\":\"tel\"}", "{", "}", "[",
      "null", ",", ";", "\t", "|", "\"", "\"\"", "\r", "\n", "\r\n", " ", "'", "\\", "=1+1", "\x01",
      "\x7f", "\xef\xbb\xbf", "\u00e9", "\u2028", "\U0001f4de", "rejected_line", "name");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
    std::string text;
    for (const std::string& part : pieces) {
      if (text.size() < 200) text += part;  // what each of the fields can hold
    }
    return text;
  });
}

rc::Gen<std::optional<Address>> AnyAddress() {
  return rc::gen::map(
      rc::gen::tuple(
          rc::gen::element<std::string>("", "tel", "sip", "extension", "mobile", "Odd Type", "{"),
          AnyText(), AnyText(), AnyText(), AnyText(), rc::gen::inRange(0, 4)),
      [](const auto& parts) -> std::optional<Address> {
        const auto& [type, target, target_name, name, detail, how] = parts;
        if (how == 0) return std::nullopt;
        if (how == 1) return Address::FromStorage({.type = type, .target = target});
        return Address::FromStorage({.type = type,
                                     .target = target,
                                     .target_name = target_name,
                                     .name = name,
                                     .detail = detail});
      });
}

OutdialTarget MakeTarget(NewOutdialTarget values, int number) {
  Uuid::Bytes id{};
  id.back() = static_cast<std::uint8_t>(number + 1);
  return {OutdialTargetId(Uuid(id)), OutdialId(Uuid(id)), std::move(values),
          absl::UnixEpoch() + absl::Seconds(number / 3)};
}

rc::Gen<std::vector<NewOutdialTarget>> AnyTargets() {
  return rc::gen::container<std::vector<NewOutdialTarget>>(rc::gen::exec([] {
    NewOutdialTarget target{.name = Name::FromStorage(*AnyText()),
                            .detail = Text::FromStorage(*AnyText()),
                            .data = Text::FromStorage(*AnyText())};
    for (auto& destination : target.destinations) destination = *AnyAddress();
    return target;
  }));
}

// `page_targets`: how many come at once, however many are asked for.
std::string Exported(const std::vector<OutdialTarget>& targets, Format format,
                     std::size_t page_targets = 1'000) {
  FileExport file(
      [&](const CreationPlace& after,
          std::size_t limit) -> absl::StatusOr<std::vector<OutdialTarget>> {
        std::vector<OutdialTarget> listed;
        for (const OutdialTarget& target : targets) {
          if (listed.size() == std::min(limit, page_targets)) break;
          if (after < CreationPlace::Of(target)) listed.push_back(target);
        }
        return listed;
      },
      format);
  std::string text;
  while (true) {
    const absl::StatusOr<std::string> piece = file.Next();
    REQUIRE(piece.ok());
    if (piece->empty()) return text;
    text += *piece;
  }
}

TEST_CASE("what is exported is imported as it was") {
  const Format format = GENERATE(Format::kCsv, Format::kJsonLines);
  CHECK(rc::check([&] {
    const std::vector<NewOutdialTarget> values = *AnyTargets();
    std::vector<OutdialTarget> targets;
    for (std::size_t i = 0; i < values.size(); ++i) {
      targets.push_back(MakeTarget(values[i], static_cast<int>(i)));
    }
    const std::string text = Exported(targets, format);
    std::vector<OutdialTarget> read;
    RowParser parser({.format = format}, [&](Row row) {
      INFO(row.target.status());
      REQUIRE(row.target.ok());
      read.push_back(MakeTarget(*std::move(row.target), static_cast<int>(read.size())));
    });
    RC_ASSERT(parser.Parse(text).ok());
    RC_ASSERT(parser.Finish().ok());
    RC_ASSERT(read == targets);
  }));
}

TEST_CASE("a target without anything is a row") {
  CHECK(RowText(MakeTarget({}, 0), Format::kCsv) == "\"\",,,,,,,\n");
  CHECK(RowText(MakeTarget({}, 0), Format::kJsonLines) == "{}\n");
}

TEST_CASE("an export has a page after the other") {
  std::vector<OutdialTarget> targets;
  for (int i = 0; i < 250; ++i) {
    NewOutdialTarget values;
    values.name = Name::FromStorage(std::to_string(i));
    targets.push_back(MakeTarget(std::move(values), i));
  }
  const std::string text = Exported(targets, Format::kJsonLines);
  CHECK(std::count(text.begin(), text.end(), '\n') == 250);
  CHECK(text.starts_with("{\"name\":\"0\"}\n{\"name\":\"1\"}\n"));
  // Of large targets fewer come at once.
  for (const std::size_t page_targets : {1U, 15U, 16U, 17U}) {
    CHECK(Exported(targets, Format::kJsonLines, page_targets) == text);
  }
}

TEST_CASE("the longest target there can be is a row") {
  NewOutdialTarget values{.name = Name::FromStorage(std::string(255, '\1')),
                          .detail = Text::FromStorage(std::string(65'535, '\1')),
                          .data = Text::FromStorage(std::string(65'535, '\1'))};
  for (auto& destination : values.destinations) {
    destination = Address::FromStorage({.type = std::string(255, '\1'),
                                        .target = std::string(65'535, '\1'),
                                        .target_name = std::string(255, '\1'),
                                        .name = std::string(255, '\1'),
                                        .detail = std::string(65'535, '\1')});
  }
  for (const Format format : {Format::kCsv, Format::kJsonLines}) {
    CHECK(RowText(MakeTarget(values, 0), format).size() <= kMaxRowBytes);
  }
}

}  // namespace
}  // namespace outdial::target_files
