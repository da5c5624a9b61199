#include <fmt/core.h>

#include <algorithm>

#include "base/json.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "cli/inspect.h"
#include "profile/store.h"

namespace amsel {
namespace {

Result<Json> Summary(ProfileStore& store) {
  Json summary{{"schema", store.older() ? ProfileStore::kOlderSchema : ProfileStore::kSchema}};
  for (const char* key : {"complete", "amsel_version", "zoo", "images", "shard"}) {
    AMSEL_ASSIGN_OR_RETURN(summary[key], store.Meta(key));
  }
  summary["complete"] = summary["complete"] == "1";
  for (const char* table : {"input", "failure", "run", "output", "feature", "energy"}) {
    AMSEL_ASSIGN_OR_RETURN(summary["rows"][table], store.RowCount(table));
  }
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failures, store.RunFailures());
  summary["rows"]["run_failure"] = failures.size();
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> candidates, store.Candidates());
  summary["candidates"] = Json::array();
  for (const StoredCandidate& candidate : candidates) {
    const auto failed = std::count_if(failures.begin(), failures.end(),
                                      [&](const auto& failure) { return failure.candidate == candidate.id; });
    summary["candidates"].push_back({{"name", candidate.name},
                                     {"view", candidate.view},
                                     {"file_sha256", candidate.file_sha256},
                                     {"failed_images", failed}});
  }
  AMSEL_ASSIGN_OR_RETURN(const std::optional<StoredFeatureDnn> feature_dnn, store.FeatureDnn());
  summary["feature_dnn"] =
      feature_dnn ? Json{{"file", feature_dnn->file}, {"file_sha256", feature_dnn->sha256}} : Json();
  return summary;
}

}  // namespace

Result<std::string> DescribeProfile(const std::string& file, bool json) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  AMSEL_ASSIGN_OR_RETURN(const Json summary, Summary(store));
  if (json) return PrettyText(summary);
  std::string text = fmt::format("{}: a profile\n", file);
  const auto line = [&](const std::string& name, const std::string& value) {
    text += fmt::format("  {:<14} {}\n", name, value);
  };
  line("complete", summary["complete"].get<bool>() ? "yes" : "no");
  for (const char* key : {"amsel_version", "zoo", "images", "shard"}) line(key, summary[key].get<std::string>());
  for (const auto& [table, rows] : summary["rows"].items()) line(table, Counted(rows.get<std::int64_t>(), "row"));
  for (const Json& candidate : summary["candidates"]) {
    const auto failed = candidate["failed_images"].get<std::int64_t>();
    line("candidate", fmt::format("{} ({}) {}{}", candidate["name"].get<std::string>(),
                                  candidate["view"].get<std::string>(), candidate["file_sha256"].get<std::string>(),
                                  failed > 0 ? ", failed on " + Counted(failed, "image") : ""));
  }
  const Json& feature_dnn = summary["feature_dnn"];
  if (!feature_dnn.is_null()) {
    line("feature DNN", feature_dnn["file"].get<std::string>() + " " + feature_dnn["file_sha256"].get<std::string>());
  }
  return text;
}

}  // namespace amsel
