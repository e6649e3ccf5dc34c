// RequestJournal.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

JournalEntry Entry(std::string key, std::int64_t tm_create = 0) {
  return {.key = std::move(key),
          .fingerprint = "fingerprint",
          .reply = R"({"status_code":200})",
          .tm_create = At(tm_create)};
}

JournalEntry FirstDelivery(std::string key, std::int64_t tm_create = 0) {
  JournalEntry entry = Entry(std::move(key), tm_create);
  entry.first_delivery = true;
  return entry;
}

class JournalTest : public DatabaseTest {
 public:
  std::string Insert(const JournalEntry& entry) {
    return OutcomeOfWrite([&](UnitOfWork& work) { return work.journal().Insert(entry); });
  }

  std::optional<JournalEntry> Find(const std::string& key) {
    return Read([&](const UnitOfWork& work) { return work.journal().Find(key); });
  }

  void Remove(const std::vector<std::string>& keys) {
    Write([&](UnitOfWork& work) { return work.journal().Remove(keys); });
  }

  std::size_t RemoveOlderThan(absl::Time before, std::size_t limit) {
    return WriteResult(
        [&](UnitOfWork& work) { return work.journal().RemoveOlderThan(before, limit); });
  }
};

TEST_CASE_METHOD(JournalTest, "journal: entries come back as they were inserted",
                 "[contract][journal]") {
  JournalEntry entry = Entry("key");
  SECTION("short ones") {}
  SECTION("empty ones") { entry = {.key = "", .fingerprint = "", .reply = "", .tm_create = At(1)}; }
  SECTION("long ones") {
    entry.key = std::string(255, '~');
    entry.fingerprint = std::string(64, '!');
    // A reply may hold a thousand targets.
    for (int i = 0; i < 100'000; ++i) entry.reply += "'\"\\ \U0001F4DE \u00e9 ";
  }
  SECTION("SQL") {
    entry.key = "' OR 1=1 --";
    entry.fingerprint = "\"; DROP TABLE x; --";
  }
  CHECK_FALSE(Find(entry.key).has_value());
  REQUIRE(Insert(Entry("other")) == "OK");
  REQUIRE(Insert(entry) == "OK");
  Reopen();
  CHECK((Find(entry.key) == entry));
  CHECK((Find("other") == Entry("other")));
  CHECK_FALSE(Find("unknown").has_value());
}

TEST_CASE_METHOD(JournalTest, "journal: of two first deliveries the later one is kept",
                 "[contract][journal]") {
  const JournalEntry first = FirstDelivery("key");
  REQUIRE(Insert(first) == "OK");
  CHECK((Find("key") == first));
  JournalEntry second = Entry("key", 5);
  second.fingerprint = "another";
  second.reply = "another";
  CHECK(Insert(second) == "REQUEST_ALREADY_JOURNALED");  // the first one again
  CHECK((Find("key") == first));
  second.first_delivery = true;
  CHECK(Insert(second) == "OK");
  second.is_shared = true;
  CHECK((Find("key") == second));
  // Whichever of the two does not come again, the other one may.
  Remove({"key"});
  CHECK((Find("key") == second));
  second.tm_create = At(6);
  CHECK(Insert(second) == "OK");
  CHECK((Find("key") == second));
}

TEST_CASE_METHOD(JournalTest, "journal: an entry that is known to be another request's is replaced",
                 "[contract][journal]") {
  const JournalEntry redelivered = Entry("key", 3);
  REQUIRE(Insert(redelivered) == "OK");
  JournalEntry first = FirstDelivery("key", 5);
  first.reply = "another";
  first.replaced_tm_create = At(4);
  CHECK(Insert(first) == "REQUEST_ALREADY_JOURNALED");
  CHECK((Find("key") == redelivered));
  first.replaced_tm_create = At(3);
  CHECK(Insert(first) == "OK");
  // The other one may still come again, or be at work.
  first.first_delivery = false;
  first.replaced_tm_create = std::nullopt;
  CHECK((Find("key") == first));
  Remove({"key"});
  CHECK((Find("key") == first));
  CHECK(Insert(FirstDelivery("key", 6)) == "REQUEST_ALREADY_JOURNALED");

  SECTION("where it is there") {
    first = FirstDelivery("unknown", 7);
    first.replaced_tm_create = At(5);
    CHECK(Insert(first) == "OK");
    first.replaced_tm_create = std::nullopt;
    CHECK((Find("unknown") == first));
  }
}

TEST_CASE_METHOD(JournalTest, "journal: a key can be inserted once", "[contract][journal]") {
  REQUIRE(Insert(Entry("key")) == "OK");
  JournalEntry again = Entry("key", 5);
  again.fingerprint = "another";
  CHECK(Insert(again) == "REQUEST_ALREADY_JOURNALED");
  CHECK((Find("key") == Entry("key")));
  again.first_delivery = true;
  CHECK(Insert(again) == "REQUEST_ALREADY_JOURNALED");
  CHECK((Find("key") == Entry("key")));
  // Keys compare byte for byte.
  for (const char* key : {"KEY", "key ", " key", "ke"}) {
    CAPTURE(key);
    CHECK_FALSE(Find(key).has_value());
    CHECK(Insert(Entry(key)) == "OK");
  }
}

TEST_CASE_METHOD(JournalTest, "journal: a key can be inserted again once it is removed",
                 "[contract][journal]") {
  REQUIRE(Insert(FirstDelivery("key")) == "OK");
  Remove({"key"});
  CHECK_FALSE(Find("key").has_value());
  CHECK(Insert(Entry("key", 9)) == "OK");
  CHECK((Find("key") == Entry("key", 9)));
}

TEST_CASE_METHOD(JournalTest, "journal: Remove takes out what it names and nothing else",
                 "[contract][journal]") {
  for (const char* key : {"a", "b", "c"}) REQUIRE(Insert(FirstDelivery(key)) == "OK");
  REQUIRE(Insert(Entry("redelivered")) == "OK");
  Remove({"c", "unknown", "redelivered", "a"});
  Remove({});
  CHECK(Find("redelivered").has_value());
  CHECK_FALSE(Find("a").has_value());
  CHECK(Find("b").has_value());
  CHECK_FALSE(Find("c").has_value());
}

TEST_CASE_METHOD(JournalTest, "journal: RemoveOlderThan keeps what is as old as that or newer",
                 "[contract][journal]") {
  REQUIRE(Insert(Entry("10", 10)) == "OK");
  REQUIRE(Insert(Entry("30", 30)) == "OK");
  REQUIRE(Insert(Entry("20", 20)) == "OK");
  CHECK(RemoveOlderThan(At(10), 10) == 0);
  CHECK(RemoveOlderThan(At(30), 0) == 0);
  CHECK(RemoveOlderThan(At(21), 10) == 2);
  CHECK_FALSE(Find("10").has_value());
  CHECK_FALSE(Find("20").has_value());
  CHECK(Find("30").has_value());
  CHECK(RemoveOlderThan(At(21), 10) == 0);
}

TEST_CASE_METHOD(JournalTest, "journal: a limit beyond any number is none", "[contract][journal]") {
  for (int i = 0; i < 3; ++i) REQUIRE(Insert(Entry(std::to_string(i), i)) == "OK");
  CHECK(RemoveOlderThan(At(100), std::numeric_limits<std::size_t>::max()) == 3);
}

TEST_CASE_METHOD(JournalTest, "journal: a key longer than any is not found",
                 "[contract][journal]") {
  REQUIRE(Insert(Entry(std::string(kMaxJournalKeyBytes, 'k'))) == "OK");
  CHECK_FALSE(Find(std::string(kMaxJournalKeyBytes + 1, 'k')).has_value());
}

TEST_CASE_METHOD(JournalTest, "journal: RemoveOlderThan stops at its limit",
                 "[contract][journal]") {
  for (int i = 0; i < 5; ++i) REQUIRE(Insert(Entry(std::to_string(i), i)) == "OK");
  CHECK(RemoveOlderThan(At(100), 2) == 2);
  CHECK(RemoveOlderThan(At(100), 2) == 2);
  CHECK(RemoveOlderThan(At(100), 2) == 1);
  CHECK(RemoveOlderThan(At(100), 2) == 0);
}

}  // namespace
}  // namespace outdial::contract
