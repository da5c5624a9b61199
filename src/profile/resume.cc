#include "profile/resume.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "amsel/version.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "features/features.h"

namespace amsel {

std::string ShardText(const ProfileOptions& options) {
  return std::to_string(options.shard + 1) + "/" + std::to_string(options.shards);
}

Status DescribeRun(ProfileStore& store, const Zoo& zoo, const ProfileOptions& options) {
  Json labels = zoo.labels;
  AMSEL_RETURN_IF_ERROR(store.SetMeta("complete", "0"));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("amsel_version", kVersion));
  std::error_code failure;
  AMSEL_RETURN_IF_ERROR(store.SetMeta("zoo", std::filesystem::absolute(zoo.path, failure).lexically_normal().string()));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("images", options.images_source));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("card_defaults", options.card_defaults));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("labels", labels.dump()));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("feature_code_version", std::to_string(kFeatureCodeVersion)));
  AMSEL_RETURN_IF_ERROR(store.SetMeta("shard", ShardText(options)));
  if (!options.views_tried.empty()) AMSEL_RETURN_IF_ERROR(store.SetMeta("views_tried", options.views_tried));
  return {};
}

Status CheckSameImages(ProfileStore& store, const std::vector<LabelledImage>& images) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, store.database().Prepare("SELECT id, key, label FROM input"));
  AMSEL_ASSIGN_OR_RETURN(const auto failures, store.Failures());  // by id
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> run_failures, store.RunFailures());
  std::vector<std::pair<const char*, std::int64_t>> named;
  for (const auto& [position, reason] : failures) named.emplace_back("failure", position);
  for (const StoredRunFailure& failure : run_failures) named.emplace_back("run_failure", failure.input);
  for (const auto& [table, position] : named) {
    if (position >= 0 && position < static_cast<std::int64_t>(images.size())) continue;
    return BadInput(store.file() + ": is a profile of other images: table " + table + " names image " +
                    std::to_string(position) + ", of which there are " + std::to_string(images.size()));
  }
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return {};
    const auto id = static_cast<std::size_t>(query.Integer(0));
    if (id >= images.size() || images[id].key != query.Text(1) || images[id].label != query.Integer(2)) {
      return BadInput(store.file() + ": is a profile of other images: its image " + std::to_string(id) + " is `" +
                      query.Text(1) + "` with label " + std::to_string(query.Integer(2)));
    }
  }
}

Error OthersThanRecorded(const std::string& file, const std::vector<std::string>& keys) {
  constexpr std::size_t kShown = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, keys.size()); ++i) names += (i == 0 ? "" : ", ") + keys[i];
  if (keys.size() > kShown) names += " and at least " + std::to_string(keys.size() - kShown) + " more";
  return BadInput(file + ": images have changed since they were profiled: " + names +
                  "; put the old ones back, or profile into a new file");
}

Result<std::vector<std::int64_t>> AnsweredByAll(ProfileStore& store) {
  AMSEL_ASSIGN_OR_RETURN(StoredProgress progress, store.Progress());
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failures, store.RunFailures());
  for (const StoredRunFailure& failure : failures) progress.inputs.erase(failure.input);
  std::vector<std::int64_t> ids;
  for (const auto& [id, sha256] : progress.inputs) ids.push_back(id);
  return ids;
}

Status DropRefused(ProfileStore& store, const Zoo& zoo, std::vector<StoredCandidate>& known) {
  std::vector<StoredCandidate> kept;
  for (StoredCandidate& candidate : known) {
    const bool there = std::any_of(zoo.entries.begin(), zoo.entries.end(),
                                   [&](const ZooEntry& entry) { return entry.card.name == candidate.name; });
    if (there) {
      kept.push_back(std::move(candidate));
      continue;
    }
    AMSEL_ASSIGN_OR_RETURN(Statement query,
                           store.database().Prepare("SELECT (SELECT count(*) FROM run_failure WHERE candidate = ?) > "
                                                    "(SELECT count(*) FROM run WHERE candidate = ?)"));
    query.Bind(candidate.id, candidate.id);
    AMSEL_RETURN_IF_ERROR(query.Step());
    if (query.Integer(0) == 0) {
      return BadInput(store.file() + ": is a profile of another zoo: it has candidate `" + candidate.name +
                      "`, which " + zoo.path + " lacks");
    }
    AMSEL_RETURN_IF_ERROR(store.RemoveCandidate(candidate.id));
  }
  known = std::move(kept);
  return {};
}

Status RefuseHopeless(const ProfileSummary& summary) {
  std::map<std::string, std::vector<const FailedRun*>> by_candidate;
  for (const FailedRun& failure : summary.failed_runs) by_candidate[failure.candidate].push_back(&failure);
  std::string refused;
  for (const auto& [candidate, failures] : by_candidate) {
    if (2 * failures.size() <= summary.images) continue;
    refused += (refused.empty() ? "" : "\n") + candidate + ": gave no answer for " + std::to_string(failures.size()) +
               " of " + std::to_string(summary.images) + " images, as for " + failures.front()->image + ": " +
               failures.front()->reason;
  }
  if (refused.empty()) return {};
  return RuntimeFailure(refused +
                        "\nwho fails on more than half of the images is no candidate; mend it, or take it out of the "
                        "zoo, and go on with --resume");
}

bool RemoveIfUnfinished(const std::string& file) {
  const auto claim = ClaimProfile(file);  // another run may be making it
  if (!claim.ok()) return false;
  {
    auto database = Database::Open(file, Database::Mode::kReadWrite);  // a journal that was left is to be read, too
    if (!database.ok()) return false;
    auto query = database->Prepare("SELECT 1 FROM sqlite_master");
    if (!query.ok()) return false;
    const Result<bool> row = query->Step();
    if (!row.ok() || *row) return false;
  }
  RemoveProfile(file);
  return true;
}

Status CheckSameShard(ProfileStore& store, const ProfileOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(const std::string stored, store.Meta("shard"));
  const std::string asked = ShardText(options);
  if (stored == asked || stored.empty()) return {};  // a run that was killed at once had not said yet
  return UsageError(store.file() + ": is shard " + stored + ", not " + asked);
}

void RemoveIfEmpty(const std::string& file) {
  const auto claim = ClaimProfile(file);  // another run may go on with it
  if (!claim.ok()) return;
  {
    auto store = ProfileStore::Open(file, /*writable=*/false);
    if (!store.ok()) return;
    const auto images = store->RowCount("input");
    if (!images.ok() || *images > 0) return;
  }
  RemoveProfile(file);
}

}  // namespace amsel
