// The little of SQLite's C API that profiles need, with owned handles and errors that name the file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "amsel/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace amsel {

class Database;

/// Frees what SQLite made.
struct FreeOfSqlite {
  void operator()(sqlite3* database) const;
  void operator()(sqlite3_stmt* statement) const;
};

/// A prepared statement. Column accessors are valid until the next Step().
class Statement {
 public:
  /// Binds all parameters in order and runs to completion; for INSERT and the like.
  template <typename... Values>
  Status Run(const Values&... values) {
    Bind(values...);
    const Result<bool> row = Step();
    Reset();
    return row.ok() ? Status() : Status(row.error());
  }

  /// Binds all parameters in order; Step() then yields rows.
  template <typename... Values>
  void Bind(const Values&... values) {
    Reset();
    Unbind();
    int position = 0;
    (BindOne(++position, values), ...);
  }

  /// True: a row is there. False: no more.
  Result<bool> Step();

  std::int64_t Integer(int column) const;
  double Real(int column) const;
  /// Nothing where the cell is not a whole number, or not within the limits.
  std::optional<std::int64_t> Whole(int column, std::int64_t least, std::int64_t most) const;
  /// Nothing where the cell is not a finite number, or not within the limits.
  std::optional<double> Number(int column, double least, double most) const;
  bool IsNull(int column) const;
  /// Text or blob; empty for null.
  std::string_view Bytes(int column) const;
  std::string Text(int column) const { return std::string(Bytes(column)); }

 private:
  friend class Database;
  Statement(sqlite3_stmt* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  void Reset();
  void Unbind();
  void BindOne(int at, std::int64_t value);
  void BindOne(int at, int value) { BindOne(at, std::int64_t{value}); }
  void BindOne(int at, double value);
  void BindOne(int at, const std::string& value);
  void BindOne(int at, std::string_view value);  ///< a blob
  template <typename T>
  void BindOne(int at, const std::optional<T>& value) {
    if (value) BindOne(at, *value);
  }

  std::unique_ptr<sqlite3_stmt, FreeOfSqlite> handle_;
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
  std::int64_t LastInsertId() const;

 private:
  Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  std::unique_ptr<sqlite3, FreeOfSqlite> handle_;
  std::string file_;
};

}  // namespace amsel
