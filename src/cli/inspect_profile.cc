#include <fmt/core.h>

#include "base/status_macros.h"
#include "cli/inspect.h"
#include "profile/store.h"

namespace amsel {

Result<std::string> DescribeProfile(const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  const auto count = [&](const std::string& table) -> Result<std::int64_t> {
    AMSEL_ASSIGN_OR_RETURN(Statement query, store.database().Prepare("SELECT count(*) FROM " + table));
    AMSEL_RETURN_IF_ERROR(query.Step());
    return query.Integer(0);
  };
  std::string text = fmt::format("{}: a profile\n", file);
  for (const char* key : {"complete", "amsel_version", "zoo", "images", "shard"}) {
    AMSEL_ASSIGN_OR_RETURN(const std::string value, store.Meta(key));
    text += fmt::format("  {:<14} {}\n", key, value);
  }
  for (const char* table : {"input", "failure", "run", "output", "feature", "energy"}) {
    AMSEL_ASSIGN_OR_RETURN(const std::int64_t rows, count(table));
    text += fmt::format("  {:<14} {} rows\n", table, rows);
  }
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> candidates, store.Candidates());
  for (const StoredCandidate& candidate : candidates) {
    text += fmt::format("  candidate      {} ({}) {}\n", candidate.name, candidate.view, candidate.file_sha256);
  }
  AMSEL_ASSIGN_OR_RETURN(const std::optional<StoredPremodel> premodel, store.Premodel());
  if (premodel) text += fmt::format("  premodel       {} {}\n", premodel->file, premodel->sha256);
  return text;
}

}  // namespace amsel
