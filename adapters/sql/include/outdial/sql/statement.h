// Statements of SOCI's and the variables that they are bound to.
// A statement belongs to the thread that uses its session, with its columns; running it blocks on
// the database.
#ifndef OUTDIAL_SQL_STATEMENT_H_
#define OUTDIAL_SQL_STATEMENT_H_

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "outdial/entities/address.h"
#include "soci/soci.h"

namespace outdial::sql {

// A variable that statements read from and write to; they hold its address, so it stays in place.
// Its functions throw soci::soci_error where the database holds what we do not write.
//
// Select and Parameter are how a statement names the column of this kind that is called `name`:
// where it reads it, and where its value is written.
class TextColumn {
 public:
  // What stands in a statement for the column `name`: see above.
  static std::string Select(std::string_view name) { return std::string(name); }
  static std::string Parameter(std::string_view name) { return ":" + std::string(name); }

  TextColumn() = default;
  // One that holds a value, not NULL.
  explicit TextColumn(std::string_view value) : value_(value) {}
  TextColumn(const TextColumn&) = delete;
  TextColumn& operator=(const TextColumn&) = delete;

  // What it holds from now on, not NULL.
  void Set(std::string_view value) {
    value_.assign(value);
    indicator_ = soci::i_ok;
  }
  // It holds NULL from now on.
  void SetNull() {
    value_.clear();
    indicator_ = soci::i_null;
  }

  // Whether it is NULL.
  bool is_null() const { return indicator_ == soci::i_null; }
  // Empty for NULL.
  std::string value() const { return is_null() ? std::string() : value_; }

 private:
  friend class Statement;

  std::string value_;
  soci::indicator indicator_ = soci::i_ok;
};

// An address as JSON; NULL where it is not set.
class AddressColumn : public TextColumn {
 public:
  // What it holds from now on; nullopt: NULL.
  void Set(const std::optional<Address>& address);
  // What cannot be read is not set: one damaged destination keeps nobody from all the others.
  std::optional<Address> ToAddress() const;
};

// As TextColumn.
class IntegerColumn {
 public:
  // What stands in a statement for the column `name`: see TextColumn.
  static std::string Select(std::string_view name) { return std::string(name); }
  static std::string Parameter(std::string_view name) { return ":" + std::string(name); }

  IntegerColumn() = default;
  // One that holds a value, not NULL.
  explicit IntegerColumn(long long value) : value_(value) {}
  IntegerColumn(const IntegerColumn&) = delete;
  IntegerColumn& operator=(const IntegerColumn&) = delete;

  // What it holds from now on, not NULL.
  void Set(long long value) {
    value_ = value;
    indicator_ = soci::i_ok;
  }
  // It holds NULL from now on.
  void SetNull() { indicator_ = soci::i_null; }

  // For a limit: one that the database has no number for is the highest that it has, which is none.
  void SetLimit(std::size_t limit) {
    Set(static_cast<long long>(
        std::min<std::size_t>(limit, std::numeric_limits<long long>::max())));
  }

  // Whether it is NULL.
  bool is_null() const { return indicator_ == soci::i_null; }
  // 0 for NULL.
  long long value() const { return is_null() ? 0 : value_; }
  // nullopt for NULL.
  std::optional<long long> optional_value() const {
    if (is_null()) return std::nullopt;
    return value_;
  }

 private:
  friend class Statement;

  long long value_ = 0;
  soci::indicator indicator_ = soci::i_ok;
};

// A prepared statement. Subclasses own the columns and bind them when they are constructed; SOCI
// then copies straight between these and the database's values. Throws what SOCI throws. One that
// has thrown is not run again: SOCI would lose the memory of its parameters.
class Statement {
 public:
  // Prepares `sql`. The session must outlive it.
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
    // It ends where the database says that there is no more: a query of SQLite's that is left open
    // holds its lock.
    ForEachRowWhile([&] {
      visit();
      return true;
    });
  }

  // As ForEachRow, until `visit` returns false. Returns whether all rows were visited: otherwise
  // the query is open until the statement runs again or is destroyed.
  template <typename Visitor>
  bool ForEachRowWhile(Visitor visit) {
    for (bool row = statement_.execute(true); row; row = statement_.fetch()) {
      if (!visit()) return false;
    }
    return true;
  }

  // Runs a query for one row at most; returns whether there is one.
  bool FetchOne() {
    if (!statement_.execute(true)) return false;
    if (statement_.fetch()) throw soci::soci_error("more than one row");
    return true;
  }

 protected:
  // Binds a parameter; in their order. The column must stay in place.
  template <typename Column>
  void Use(Column& column) {
    statement_.exchange(soci::use(std::as_const(column.value_), column.indicator_));
  }
  // Binds a column of the result; in their order. It must stay in place too.
  template <typename Column>
  void Into(Column& column) {
    statement_.exchange(soci::into(column.value_, column.indicator_));
  }

  // After the last Use and Into.
  void Bind() { statement_.define_and_bind(); }

 private:
  soci::statement statement_;
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_STATEMENT_H_
