// Prepared statements and the variables that they are bound to.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_STATEMENT_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_STATEMENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "outdial/entities/uuid.h"
#include "soci/soci.h"

namespace outdial::sqlite {

// A variable that statements read from and write to; they hold its address, so it stays in place.
// Its functions throw soci::soci_error where the database holds what we do not write.
class TextColumn {
 public:
  TextColumn() = default;
  explicit TextColumn(std::string_view value) : value_(value) {}
  TextColumn(const TextColumn&) = delete;
  TextColumn& operator=(const TextColumn&) = delete;

  void Set(std::string_view value) {
    value_.assign(value);
    indicator_ = soci::i_ok;
  }
  template <typename Tag>
  void Set(const Id<Tag>& id) {
    Set(id.ToString());
  }
  // A nil id is NULL.
  template <typename Tag>
  void SetOptional(const Id<Tag>& id) {
    id.is_nil() ? SetNull() : Set(id);
  }
  void SetNull() { indicator_ = soci::i_null; }

  bool is_null() const { return indicator_ == soci::i_null; }
  const std::string& value() const { return value_; }

  template <typename EntityId>
  EntityId ToId() const {
    const std::optional<EntityId> id = is_null() ? EntityId() : EntityId::Parse(value_);
    if (!id.has_value()) throw soci::soci_error("damaged id");
    return *id;
  }

 private:
  friend class Statement;

  std::string value_;
  soci::indicator indicator_ = soci::i_ok;
};

// As TextColumn.
class IntegerColumn {
 public:
  IntegerColumn() = default;
  explicit IntegerColumn(long long value) : value_(value) {}
  IntegerColumn(const IntegerColumn&) = delete;
  IntegerColumn& operator=(const IntegerColumn&) = delete;

  void Set(long long value) {
    value_ = value;
    indicator_ = soci::i_ok;
  }
  // Microseconds since the Unix epoch; NULL where it is not set.
  void Set(const std::optional<absl::Time>& time) {
    if (time.has_value()) {
      Set(absl::ToUnixMicros(*time));
    } else {
      indicator_ = soci::i_null;
    }
  }

  long long value() const { return indicator_ == soci::i_null ? 0 : value_; }
  std::optional<long long> optional_value() const {
    if (indicator_ == soci::i_null) return std::nullopt;
    return value_;
  }
  std::optional<absl::Time> ToTime() const {
    if (indicator_ == soci::i_null) return std::nullopt;
    return absl::FromUnixMicros(value_);
  }

 private:
  friend class Statement;

  long long value_ = 0;
  soci::indicator indicator_ = soci::i_ok;
};

// A prepared statement. Subclasses own the columns and bind them when they are constructed; SOCI
// then copies straight between these and SQLite's values. Throws what SOCI throws.
class Statement {
 public:
  Statement(soci::session& session, const std::string& sql) : statement_(session) {
    statement_.alloc();
    statement_.prepare(sql);
  }
  virtual ~Statement() = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Runs a statement without a result; returns how many rows it changed.
  std::size_t Execute() {
    statement_.execute(true);
    return static_cast<std::size_t>(statement_.get_affected_rows());
  }

  // Runs a query and calls `visit` for each row, which is in the bound columns then.
  template <typename Visitor>
  void ForEachRow(Visitor visit) {
    // It ends where SQLite says that there is no more: a query that is left open holds its lock.
    for (bool row = statement_.execute(true); row; row = statement_.fetch()) visit();
  }

  // Runs a query for one row at most; returns whether there is one.
  bool FetchOne() {
    if (!statement_.execute(true)) return false;
    if (statement_.fetch()) throw soci::soci_error("more than one row");
    return true;
  }

 protected:
  // In the order of the statement's parameters, and of its result's columns.
  template <typename Column>
  void Use(Column& column) {
    statement_.exchange(soci::use(std::as_const(column.value_), column.indicator_));
  }
  template <typename Column>
  void Into(Column& column) {
    statement_.exchange(soci::into(column.value_, column.indicator_));
  }

  // After the last Use and Into.
  void Bind() { statement_.define_and_bind(); }

 private:
  soci::statement statement_;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_STATEMENT_H_
