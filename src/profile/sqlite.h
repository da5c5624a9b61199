// The little of SQLite's C API that profiles need, with owned handles and errors that name the file.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

class Database;

/// A prepared statement. Column accessors are valid until the next Step().
class Statement {
 public:
  /// Binds all parameters in order and runs to completion; for INSERT and the like.
  template <typename... Values>
  Status Run(const Values&... values) {
    Bind(values...);
    const Result<bool> row = Step();
    sqlite3_reset(handle_.get());
    return row.ok() ? Status() : Status(row.error());
  }

  /// Binds all parameters in order; Step() then yields rows.
  template <typename... Values>
  void Bind(const Values&... values) {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
    int position = 0;
    (BindOne(++position, values), ...);
  }

  /// True: a row is there. False: no more.
  Result<bool> Step();

  std::int64_t Integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double Real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  /// Nothing where the cell is not a whole number, or not within the limits.
  std::optional<std::int64_t> Whole(int column, std::int64_t least, std::int64_t most) const;
  /// Nothing where the cell is not a finite number, or not within the limits.
  std::optional<double> Number(int column, double least, double most) const;
  bool IsNull(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  /// Text or blob; empty for null.
  std::string_view Bytes(int column) const;
  std::string Text(int column) const { return std::string(Bytes(column)); }

 private:
  friend class Database;
  Statement(sqlite3_stmt* handle, std::string file) : handle_(handle, &sqlite3_finalize), file_(std::move(file)) {}

  void BindOne(int at, std::int64_t value) { sqlite3_bind_int64(handle_.get(), at, value); }
  void BindOne(int at, int value) { sqlite3_bind_int64(handle_.get(), at, value); }
  void BindOne(int at, double value) { sqlite3_bind_double(handle_.get(), at, value); }
  void BindOne(int at, const std::string& value) {
    sqlite3_bind_text64(handle_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  /// A string_view is a blob.
  void BindOne(int at, std::string_view value) {
    sqlite3_bind_blob64(handle_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT);
  }
  template <typename T>
  void BindOne(int at, const std::optional<T>& value) {
    if (value) BindOne(at, *value);
  }

  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> handle_;
  std::string file_;
};

class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };

  /// Opens `file`. An error of kind kBadInput when it is no database. It may come from anywhere: its views and triggers
  /// do nothing, its schema calls no function that is not harmless, and statements cannot damage the file's structure.
  static Result<Database> Open(const std::string& file, Mode mode);

  Status Execute(const std::string& sql);
  Result<Statement> Prepare(const std::string& sql);
  std::int64_t LastInsertId() const { return sqlite3_last_insert_rowid(handle_.get()); }

 private:
  Database(sqlite3* handle, std::string file) : handle_(handle, &sqlite3_close_v2), file_(std::move(file)) {}

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle_;
  std::string file_;
};

}  // namespace amsel
