#include "profile/resume.h"

#include "base/status_macros.h"

namespace amsel {

std::string ShardText(const ProfileOptions& options) {
  return std::to_string(options.shard + 1) + "/" + std::to_string(options.shards);
}

Status CheckSameImages(ProfileStore& store, const std::vector<LabelledImage>& images) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, store.database().Prepare("SELECT id, key, label FROM input"));
  AMSEL_ASSIGN_OR_RETURN(const auto failures, store.Failures());  // by id
  if (!failures.empty() && failures.back().first >= static_cast<std::int64_t>(images.size())) {
    return BadInput(store.file() + ": is a profile of other images: it has an image " +
                    std::to_string(failures.back().first) + ", of which there are " + std::to_string(images.size()));
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

bool IsUnfinished(const std::string& file) {
  auto database = Database::Open(file, Database::Mode::kReadWrite);
  if (!database.ok()) return false;
  auto query = database->Prepare("SELECT 1 FROM sqlite_master");
  if (!query.ok()) return false;
  const Result<bool> row = query->Step();
  return row.ok() && !*row;
}

Status CheckSameShard(ProfileStore& store, const ProfileOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(const std::string stored, store.Meta("shard"));
  const std::string asked = ShardText(options);
  if (stored == asked || stored.empty()) return {};  // a run that was killed at once had not said yet
  return UsageError(store.file() + ": is shard " + stored + ", not " + asked);
}

void RemoveIfEmpty(const std::string& file) {
  {
    auto store = ProfileStore::Open(file, /*writable=*/false);
    if (!store.ok()) return;
    const auto images = store->InputCount();
    if (!images.ok() || *images > 0) return;
  }
  RemoveProfile(file);
}

}  // namespace amsel
