// OutdialRepository.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/page.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

class OutdialRepositoryTest : public DatabaseTest {
 public:
  void Insert(const std::vector<Outdial::Fields>& all) {
    Write([&](UnitOfWork& work) -> absl::Status {
      for (const Outdial::Fields& fields : all) {
        if (auto status = work.outdials().Insert(Outdial(fields)); !status.ok()) return status;
      }
      return absl::OkStatus();
    });
  }

  Outdial Get(OutdialId id) {
    return Read([&](const UnitOfWork& work) { return work.outdials().Get(id); });
  }

  std::vector<OutdialId> List(const OutdialFilter& filter, const Page& page = {}) {
    return IdsOf(Read([&](const UnitOfWork& work) { return work.outdials().List(filter, page); }));
  }
};

std::vector<OutdialId> Ids(const std::vector<std::uint64_t>& numbers) {
  std::vector<OutdialId> ids;
  for (const std::uint64_t number : numbers) ids.push_back(IdOf<OutdialId>(number));
  return ids;
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: come back as they were inserted",
                 "[contract][outdials]") {
  Outdial::Fields fields = OutdialFields(1);
  SECTION("with every field set") { fields.tm_delete = At(99); }
  SECTION("with nothing set but the id") {
    fields = Outdial::Fields();
    fields.id = IdOf<OutdialId>(1);
  }
  SECTION("with times before 1970 and far ahead") {
    fields.tm_create = absl::UnixEpoch() - absl::Microseconds(1);
    fields.tm_update = At(0) + absl::Hours(24 * 365 * 1'000);
  }
  Insert({OutdialFields(2), fields, OutdialFields(3)});
  CHECK(Get(fields.id) == Outdial(fields));
  Write([&](UnitOfWork& work) -> absl::Status {
    for (const auto& got :
         {work.outdials().GetForUpdate(fields.id), work.outdials().GetForShare(fields.id)}) {
      if (!got.ok()) return got.status();
      if (!(*got == Outdial(fields))) return absl::InternalError("it came back as another");
    }
    return absl::OkStatus();
  });
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: texts come back byte for byte",
                 "[contract][outdials]") {
  std::vector<std::string> texts = DifficultTexts();
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto number = static_cast<std::uint64_t>(&text - texts.data()) + 1;
    Outdial::Fields fields = OutdialFields(number);
    fields.name = NameOf(text);
    fields.detail = TextOf(text);
    fields.data = TextOf(text);
    Insert({fields});
    CHECK(Get(fields.id) == Outdial(fields));
  }
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: texts may be as long as their limits",
                 "[contract][outdials]") {
  Outdial::Fields fields = OutdialFields(1);
  std::string name;
  for (int i = 0; i < 255; ++i) name += "\U0001F4DE";
  fields.name = *Name::Create("name", name);
  fields.detail = *Text::Create("detail", std::string(65'535, 'd'));
  std::string data(65'535, '"');
  std::fill(data.begin() + 1, data.end() - 1, '\\');
  fields.data = *Text::Create("data", data);
  Insert({fields});
  CHECK(Get(fields.id) == Outdial(fields));
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: one that is not there is OUTDIAL_NOT_FOUND",
                 "[contract][outdials]") {
  Insert({OutdialFields(1)});
  const auto id = IdOf<OutdialId>(2);
  CHECK(OutcomeOfRead([&](const UnitOfWork& work) { return work.outdials().Get(id).status(); }) ==
        "OUTDIAL_NOT_FOUND");
  CHECK(OutcomeOfWrite([&](UnitOfWork& work) {
          return work.outdials().GetForUpdate(id).status();
        }) == "OUTDIAL_NOT_FOUND");
  CHECK(OutcomeOfWrite([&](UnitOfWork& work) {
          return work.outdials().GetForShare(id).status();
        }) == "OUTDIAL_NOT_FOUND");
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: an id can be inserted once",
                 "[contract][outdials]") {
  Insert({OutdialFields(1)});
  Outdial::Fields other = OutdialFields(1);
  other.name = NameOf("other");
  CHECK(OutcomeOfWrite([&](UnitOfWork& work) { return work.outdials().Insert(Outdial(other)); }) ==
        "INTERNAL");
  CHECK(Get(other.id) == Outdial(OutdialFields(1)));
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: Update writes all that can change",
                 "[contract][outdials]") {
  Insert({OutdialFields(1), OutdialFields(2)});
  Outdial::Fields changed = OutdialFields(7);
  changed.campaign_id = IdOf<CampaignId>(78);
  changed.tm_delete = At(79);
  Outdial::Fields emptied;
  for (Outdial::Fields fields : {emptied, changed}) {
    fields.id = IdOf<OutdialId>(1);
    fields.customer_id = OutdialFields(1).customer_id;
    fields.tm_create = OutdialFields(1).tm_create;
    Write([&](UnitOfWork& work) -> absl::Status {
      if (auto got = work.outdials().GetForUpdate(fields.id); !got.ok()) return got.status();
      return work.outdials().Update(Outdial(fields));
    });
    CHECK(Get(fields.id) == Outdial(fields));
    CHECK(Get(IdOf<OutdialId>(2)) == Outdial(OutdialFields(2)));
  }
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: are listed newest first, then by id",
                 "[contract][outdials]") {
  const auto created = [](std::uint64_t number, std::optional<absl::Time> tm_create) {
    Outdial::Fields fields = OutdialFields(number);
    fields.tm_create = tm_create;
    return fields;
  };
  // Ids whose first byte is above 0x7f must not sort as negative numbers.
  constexpr std::uint64_t kHigh = 0xf0'00'00'00'00'00;
  Insert({created(5, At(10)), created(kHigh, At(20)), created(2, At(20)), created(3, At(30)),
          created(9, std::nullopt), created(8, std::nullopt), created(1, At(20))});
  CHECK(List({}) == Ids({3, 1, 2, kHigh, 5, 8, 9}));
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: a list holds the deleted or the live ones",
                 "[contract][outdials]") {
  Outdial::Fields deleted = OutdialFields(2);
  deleted.tm_delete = At(50);
  Insert({OutdialFields(1), deleted, OutdialFields(3)});
  OutdialFilter filter;
  CHECK(List(filter) == Ids({3, 1}));
  filter.deleted = true;
  CHECK(List(filter) == Ids({2}));
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: every filter selects those that equal it",
                 "[contract][outdials]") {
  Outdial::Fields wanted = OutdialFields(2);
  wanted.customer_id = IdOf<CustomerId>(21);
  wanted.campaign_id = IdOf<CampaignId>(22);
  wanted.name = NameOf("wanted name");
  wanted.detail = TextOf("wanted detail");
  wanted.data = TextOf("wanted data");
  Insert({OutdialFields(1), wanted, OutdialFields(3)});

  OutdialFilter filter;
  SECTION("id") { filter.id = wanted.id; }
  SECTION("customer_id") { filter.customer_id = wanted.customer_id; }
  SECTION("campaign_id") { filter.campaign_id = wanted.campaign_id; }
  SECTION("name") { filter.name = wanted.name; }
  SECTION("detail") { filter.detail = wanted.detail; }
  SECTION("data") { filter.data = wanted.data; }
  SECTION("all of them") {
    filter = {.id = wanted.id,
              .customer_id = wanted.customer_id,
              .campaign_id = wanted.campaign_id,
              .name = wanted.name,
              .detail = wanted.detail,
              .data = wanted.data};
  }
  CHECK(List(filter) == Ids({2}));
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: filters select those that equal all of them",
                 "[contract][outdials]") {
  Outdial::Fields other = OutdialFields(2);
  other.customer_id = IdOf<CustomerId>(21);
  Insert({OutdialFields(1), other});
  OutdialFilter filter;
  filter.customer_id = other.customer_id;
  CHECK(List(filter) == Ids({2}));
  filter.name = OutdialFields(1).name;
  CHECK(List(filter).empty());
  filter = OutdialFilter();
  filter.campaign_id = IdOf<CampaignId>(99);
  CHECK(List(filter).empty());
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: filters compare texts byte for byte",
                 "[contract][outdials]") {
  std::vector<std::string> texts = DifficultTexts();
  for (const char* text : {"abc", "ABC", "abc ", " abc", "cafe", "Caf\u00e9", "ss", "\u00df", "1",
                           "1.0", "%", "_", "ab%", "abc\n"}) {
    texts.emplace_back(text);
  }
  std::vector<Outdial::Fields> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    all.push_back(OutdialFields(i + 1));
    all.back().name = NameOf(texts[i]);
    all.back().detail = TextOf(texts[i]);
    all.back().data = TextOf(texts[i]);
  }
  Insert(all);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(texts[i]);
    OutdialFilter by_name;
    by_name.name = NameOf(texts[i]);
    CHECK(List(by_name) == Ids({i + 1}));
    OutdialFilter by_detail;
    by_detail.detail = TextOf(texts[i]);
    CHECK(List(by_detail) == Ids({i + 1}));
    OutdialFilter by_data;
    by_data.data = TextOf(texts[i]);
    CHECK(List(by_data) == Ids({i + 1}));
  }
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: a page begins strictly before its token",
                 "[contract][outdials]") {
  Insert({OutdialFields(1), OutdialFields(2), OutdialFields(3), OutdialFields(4)});
  CHECK(List({}, {.size = 2, .before = std::nullopt}) == Ids({4, 3}));
  CHECK(List({}, {.size = 2, .before = At(3)}) == Ids({2, 1}));
  CHECK(List({}, {.size = 1, .before = At(4)}) == Ids({3}));
  CHECK(List({}, {.size = 9, .before = At(5)}) == Ids({4, 3, 2, 1}));
  CHECK(List({}, {.size = 9, .before = At(1)}).empty());
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: those of one microsecond stay on one page",
                 "[contract][outdials]") {
  const auto created = [](std::uint64_t number, std::int64_t tm_create) {
    Outdial::Fields fields = OutdialFields(number);
    fields.tm_create = At(tm_create);
    if (number % 10 == 0) fields.customer_id = IdOf<CustomerId>(7);
    return fields;
  };
  Insert({created(1, 10), created(2, 20), created(3, 20), created(4, 20), created(5, 30),
          created(20, 20), created(6, 40)});
  CHECK(List({}, {.size = 1, .before = std::nullopt}) == Ids({6}));
  CHECK(List({}, {.size = 2, .before = std::nullopt}) == Ids({6, 5}));
  CHECK(List({}, {.size = 3, .before = std::nullopt}) == Ids({6, 5, 2, 3, 4, 20}));
  CHECK(List({}, {.size = 1, .before = At(30)}) == Ids({2, 3, 4, 20}));
  CHECK(List({}, {.size = 5, .before = At(30)}) == Ids({2, 3, 4, 20, 1}));
  OutdialFilter filter;
  filter.customer_id = IdOf<CustomerId>(7);
  CHECK(List(filter, {.size = 1, .before = std::nullopt}) == Ids({20}));

  SECTION("so that going from page to page shows each once") {
    for (std::size_t size = 1; size <= 8; ++size) {
      std::vector<OutdialId> seen;
      Page page{.size = size, .before = std::nullopt};
      while (true) {
        const std::vector<OutdialId> ids = List({}, page);
        if (ids.empty()) break;
        seen.insert(seen.end(), ids.begin(), ids.end());
        page.before = Get(ids.back()).fields().tm_create;
      }
      CHECK(seen == List({}));
    }
  }
}

TEST_CASE_METHOD(OutdialRepositoryTest, "outdials: a page grows by 1000 rows at most",
                 "[contract][outdials]") {
  std::vector<Outdial::Fields> all;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= kMaxListSize + 5; ++number) {
    all.push_back(OutdialFields(number));
    all.back().tm_create = At(1);
    numbers.push_back(number);
  }
  Insert(all);
  numbers.resize(kMaxListSize + 2);
  CHECK(List({}, {.size = 2, .before = std::nullopt}) == Ids(numbers));
}

}  // namespace
}  // namespace outdial::contract
