#include "profile/sqlite.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

namespace amsel {
namespace {

Error FromSqlite(sqlite3* handle, const std::string& file) {
  const int code = sqlite3_errcode(handle) & 0xFF;
  // SQLITE_ERROR is a table or column that is not there, SQLITE_CONSTRAINT a row that may not be.
  const bool bad_file =
      code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_ERROR || code == SQLITE_CONSTRAINT;
  return {bad_file ? ErrorKind::kBadInput : ErrorKind::kRuntime, file + ": " + sqlite3_errmsg(handle)};
}

}  // namespace

void FreeOfSqlite::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void FreeOfSqlite::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::Reset() {
  sqlite3_reset(handle_.get());
}

void Statement::Unbind() {
  sqlite3_clear_bindings(handle_.get());
}

void Statement::BindOne(int at, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), at, value);
}

void Statement::BindOne(int at, double value) {
  sqlite3_bind_double(handle_.get(), at, value);
}

void Statement::BindOne(int at, const std::string& value) {
  sqlite3_bind_text64(handle_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::BindOne(int at, std::string_view value) {
  sqlite3_bind_blob64(handle_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT);
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FromSqlite(sqlite3_db_handle(handle_.get()), file_);
}

std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

double Statement::Real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

std::optional<std::int64_t> Statement::Whole(int column, std::int64_t least, std::int64_t most) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_INTEGER) return {};
  const std::int64_t value = Integer(column);
  return value >= least && value <= most ? std::optional(value) : std::nullopt;
}

std::optional<double> Statement::Number(int column, double least, double most) const {
  const int type = sqlite3_column_type(handle_.get(), column);
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) return {};
  const double value = Real(column);
  return value >= least && value <= most ? std::optional(value) : std::nullopt;  // NaN is stored as null
}

Result<Database> Database::Open(const std::string& file, Mode mode) {
  const int flags = mode == Mode::kReadOnly    ? SQLITE_OPEN_READONLY
                    : mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  std::error_code failure;
  if (mode != Mode::kCreate && !std::filesystem::exists(file, failure)) return BadInput(file + ": does not exist");
  if (std::filesystem::is_directory(file, failure)) return BadInput(file + ": is a folder, expected a profile");
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Database database(handle, file);
  if (code != SQLITE_OK) {
    const ErrorKind kind = mode == Mode::kCreate ? ErrorKind::kRuntime : ErrorKind::kBadInput;
    return Error{kind, file + ": " + (handle == nullptr ? "out of memory" : sqlite3_errmsg(handle))};
  }
  for (const auto& [option, on] : {std::pair(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
                                   {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                   {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                   {SQLITE_DBCONFIG_DEFENSIVE, 1}}) {
    sqlite3_db_config(handle, option, on, nullptr);
  }
  sqlite3_busy_timeout(handle, 5000);
  sqlite3_exec(handle, "PRAGMA temp_store=MEMORY", nullptr, nullptr, nullptr);  // no file where nobody asked for one
  return database;
}

std::int64_t Database::LastInsertId() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return FromSqlite(handle_.get(), file_);
}

Result<Statement> Database::Prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return FromSqlite(handle_.get(), file_);
  }
  return Statement(statement, file_);
}

}  // namespace amsel
