// A SQLite file, without what the adapter knows of it.
#ifndef OUTDIAL_TESTS_SUPPORT_RAW_SQLITE_H_
#define OUTDIAL_TESTS_SUPPORT_RAW_SQLITE_H_

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace outdial::test {

// A connection that is not the adapter's.
class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("open");
  }
  ~RawSqlite() { sqlite3_close(handle_); }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  // The last column of each row.
  std::vector<std::string> Run(const std::string& sql) {
    std::vector<std::string> values;
    const auto visit = [](void* out, int columns, char** row, char**) {
      const char* const value = row[columns - 1];
      static_cast<std::vector<std::string>*>(out)->emplace_back(value == nullptr ? "" : value);
      return 0;
    };
    if (sqlite3_exec(handle_, sql.c_str(), visit, &values, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(handle_));
    }
    return values;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_RAW_SQLITE_H_
