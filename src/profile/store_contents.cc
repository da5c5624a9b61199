// What a profile holds already.
#include "base/status_macros.h"
#include "profile/store.h"

namespace amsel {

Result<bool> ProfileStore::HasTable(const std::string& table) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare("SELECT 1 FROM sqlite_master WHERE name = ?"));
  query.Bind(table);
  return query.Step();
}

Result<std::size_t> ProfileStore::RowCount(const std::string& table) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare("SELECT count(*) FROM " + table));
  AMSEL_RETURN_IF_ERROR(query.Step());
  return static_cast<std::size_t>(query.Integer(0));
}

Result<std::string> ProfileStore::ThumbnailOf(std::int64_t input) {
  AMSEL_ASSIGN_OR_RETURN(Statement * query, Prepared("SELECT thumbnail FROM input WHERE id = ?"));
  query->Bind(input);
  AMSEL_ASSIGN_OR_RETURN(const bool found, query->Step());
  return found ? query->Text(0) : std::string();
}

Result<StoredProgress> ProfileStore::Progress() {
  StoredProgress progress;
  const auto each = [&](const char* sql, auto&& take) -> Status {
    AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare(sql));
    for (;;) {
      AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
      if (!row) return {};
      take(query);
    }
  };
  AMSEL_RETURN_IF_ERROR(
      each("SELECT id, sha256 FROM input", [&](Statement& q) { progress.inputs[q.Integer(0)] = q.Text(1); }));
  AMSEL_RETURN_IF_ERROR(
      each("SELECT input FROM failure", [&](Statement& q) { progress.failures.insert(q.Integer(0)); }));
  AMSEL_RETURN_IF_ERROR(each("SELECT input, candidate FROM run",
                             [&](Statement& q) { progress.runs.insert({q.Integer(0), q.Integer(1)}); }));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failed, RunFailures());
  for (const StoredRunFailure& failure : failed) progress.runs.insert({failure.input, failure.candidate});
  AMSEL_RETURN_IF_ERROR(each("SELECT input, name FROM feature WHERE value IS NOT NULL",
                             [&](Statement& q) { progress.features[q.Integer(0)].insert(q.Text(1)); }));
  return progress;
}

Result<std::vector<std::pair<std::int64_t, std::string>>> ProfileStore::Failures() {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare("SELECT input, reason FROM failure ORDER BY input"));
  std::vector<std::pair<std::int64_t, std::string>> failures;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return failures;
    failures.emplace_back(query.Integer(0), query.Text(1));
  }
}

Result<std::vector<StoredRunFailure>> ProfileStore::RunFailures() {
  std::vector<StoredRunFailure> failures;
  AMSEL_ASSIGN_OR_RETURN(const bool has_table, HasTable("run_failure"));
  if (!has_table) return failures;
  AMSEL_ASSIGN_OR_RETURN(
      Statement query, database_.Prepare("SELECT input, candidate, reason FROM run_failure ORDER BY input, candidate"));
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return failures;
    failures.push_back({query.Integer(0), query.Integer(1), query.Text(2)});
  }
}

}  // namespace amsel
