#include "profile/merge.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "base/status_macros.h"
#include "profile/recorded_duplicates.h"
#include "profile/store.h"

namespace amsel {
namespace {

/// "2/5" → shard 2 of 5.
struct ShardName {
  int shard = 0;
  int shards = 0;
};

Result<ShardName> ReadShardName(ProfileStore& store) {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, store.Meta("shard"));
  ShardName name;
  if (std::sscanf(text.c_str(), "%d/%d", &name.shard, &name.shards) != 2 || name.shards < 1) {
    return BadInput(store.file() + ": does not say which shard it is");
  }
  return name;
}

Status CheckShards(const std::vector<std::string>& files) {
  std::set<int> seen;
  int shards = 0;
  for (const std::string& file : files) {
    AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
    AMSEL_ASSIGN_OR_RETURN(const std::string complete, store.Meta("complete"));
    if (complete != "1") return BadInput(file + ": is incomplete; continue it with amsel profile --resume");
    AMSEL_ASSIGN_OR_RETURN(const ShardName name, ReadShardName(store));
    if (shards != 0 && name.shards != shards) {
      return BadInput(file + ": is one of " + std::to_string(name.shards) + " shards, the first file one of " +
                      std::to_string(shards));
    }
    shards = name.shards;
    if (name.shard < 1 || name.shard > shards) return BadInput(file + ": does not say which shard it is");
    if (!seen.insert(name.shard).second) {
      return BadInput(file + ": is shard " + std::to_string(name.shard) + ", which was given already");
    }
  }
  for (int shard = 1; shard <= shards; ++shard) {
    if (!seen.contains(shard)) {
      return BadInput("shard " + std::to_string(shard) + " of " + std::to_string(shards) + " is missing");
    }
  }
  return {};
}

bool SameCandidates(const std::vector<StoredCandidate>& a, const std::vector<StoredCandidate>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].view != b[i].view || a[i].card != b[i].card ||
        a[i].file_sha256 != b[i].file_sha256) {
      return false;
    }
  }
  return true;
}

/// Shards made by 0.1.0 lack some tables.
Result<bool> HasTable(Database& database, const std::string& table) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database.Prepare("SELECT 1 FROM shard.sqlite_master WHERE name = ?"));
  query.Bind(table);
  return query.Step();
}

Result<std::vector<std::string>> FeaturesOf(ProfileStore& shard) {
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      shard.database().Prepare("SELECT DISTINCT name FROM feature WHERE value IS NOT NULL ORDER BY name"));
  std::vector<std::string> names;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) return names;
    names.push_back(query.Text(0));
  }
}

/// Copies the rows of one shard; its candidate ids are the output's, its configurations are matched by content.
Status CopyShard(ProfileStore& output, const std::string& file, bool older) {
  Database& database = output.database();
  AMSEL_ASSIGN_OR_RETURN(Statement attach, database.Prepare("ATTACH DATABASE ? AS shard"));
  AMSEL_RETURN_IF_ERROR(attach.Run(file));
  AMSEL_ASSIGN_OR_RETURN(const bool has_blocks, HasTable(database, "energy_block"));
  AMSEL_ASSIGN_OR_RETURN(const bool has_run_failures, HasTable(database, "run_failure"));
  const std::string copy_run_failures =
      has_run_failures ? "INSERT INTO run_failure SELECT input, candidate, reason FROM shard.run_failure;\n" : "";
  // Blocks go with the figure that they made: that of the first shard which has one.
  const std::string copy_blocks = has_blocks ? R"sql(
INSERT INTO energy_block
  SELECT b.candidate, new, block, joules, seconds, runs, other_load, idle_watts FROM shard.energy_block b
  JOIN same ON b.config = old
  WHERE NOT EXISTS (SELECT 1 FROM main.energy e WHERE e.candidate = b.candidate AND e.config = new);
)sql"
                                             : "";
  // Those of all shards: figures are made from them together.
  const std::string copy_after_runs = older ? "" : R"sql(
INSERT INTO after_run(candidate, config, predecessor, inference_ns, cpu_ns, preemptions, again_inference_ns,
                      again_cpu_ns, again_preemptions)
  SELECT candidate, new, predecessor, inference_ns, cpu_ns, preemptions, again_inference_ns, again_cpu_ns,
         again_preemptions FROM shard.after_run JOIN same ON config = old ORDER BY id;
)sql";
  const std::string int8 = older ? "''" : "int8";
  const std::string use = older ? "NULL, NULL" : "cpu_ns, preemptions";
  const Status copied = database.Execute(R"sql(
BEGIN;
CREATE TEMP TABLE its AS SELECT id, backend, version, threads, graph, device, )sql" +
                                         int8 + R"sql( AS int8 FROM shard.config;
INSERT INTO config(backend, version, threads, graph, device, int8)
  SELECT backend, version, threads, graph, device, int8 FROM its
  EXCEPT SELECT backend, version, threads, graph, device, int8 FROM main.config;
CREATE TEMP TABLE same AS SELECT s.id AS old, m.id AS new FROM its s JOIN main.config m
  USING (backend, version, threads, graph, device, int8);
DROP TABLE its;
INSERT INTO input SELECT * FROM shard.input;
INSERT INTO failure SELECT * FROM shard.failure;
INSERT INTO feature SELECT * FROM shard.feature;
INSERT INTO output SELECT * FROM shard.output;
INSERT INTO run(input, candidate, config, preprocess_ns, inference_ns, cpu_ns, preemptions)
  SELECT input, candidate, new, preprocess_ns, inference_ns, )sql" +
                                         use + R"sql( FROM shard.run JOIN same ON config = old;
INSERT OR IGNORE INTO load SELECT candidate, new, load_ns, resident_bytes FROM shard.load JOIN same ON config = old;
)sql" + copy_run_failures + copy_blocks + copy_after_runs +
                                         R"sql(
INSERT OR IGNORE INTO energy
  SELECT candidate, new, joules_per_run, source, interval FROM shard.energy JOIN same ON config = old;
INSERT OR IGNORE INTO conformance SELECT * FROM shard.conformance;
DROP TABLE same;
COMMIT;
)sql");
  if (!copied.ok()) return Error{copied.error().kind, file + ": cannot be merged: " + copied.error().message};
  return database.Execute("DETACH DATABASE shard");
}

/// The feature DNN of the first shard, with its configuration's number in the output.
Status CopyFeatureDnn(ProfileStore& first, ProfileStore& output) {
  AMSEL_ASSIGN_OR_RETURN(std::optional<StoredFeatureDnn> feature_dnn, first.FeatureDnn());
  if (!feature_dnn) return {};
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      first.database().Prepare("SELECT backend, version, threads, graph, device FROM config WHERE id = ?"));
  query.Bind(feature_dnn->config);
  AMSEL_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return BadInput(first.file() + ": does not say what its feature DNN ran with");
  AMSEL_ASSIGN_OR_RETURN(feature_dnn->config,
                         output.PutConfig({query.Text(0), query.Text(1), static_cast<int>(query.Integer(2)),
                                           query.Text(3), query.Text(4)}));
  return output.PutFeatureDnn(*feature_dnn);
}

Status MergeInto(ProfileStore& output, const std::vector<std::string>& files) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore first, ProfileStore::Open(files.front(), /*writable=*/false));
  for (const char* key :
       {"amsel_version", "zoo", "images", "card_defaults", "labels", "feature_code_version", "decode_min_side"}) {
    AMSEL_ASSIGN_OR_RETURN(const std::string value, first.Meta(key));
    AMSEL_RETURN_IF_ERROR(output.SetMeta(key, value));
  }
  AMSEL_RETURN_IF_ERROR(output.SetMeta("shard", "1/1"));
  AMSEL_RETURN_IF_ERROR(CopyFeatureDnn(first, output));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> candidates, first.Candidates());
  for (const StoredCandidate& candidate : candidates) AMSEL_RETURN_IF_ERROR(output.PutCandidate(candidate));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> merged, output.Candidates());
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> features, FeaturesOf(first));
  for (const std::string& file : files) {
    AMSEL_ASSIGN_OR_RETURN(ProfileStore shard, ProfileStore::Open(file, /*writable=*/false));
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> here, shard.Candidates());
    for (const char* key :
         {"labels", "feature_code_version", "decode_min_side", "feature_dnn_sha256", "feature_dnn_card"}) {
      AMSEL_ASSIGN_OR_RETURN(const std::string mine, shard.Meta(key));
      AMSEL_ASSIGN_OR_RETURN(const std::string expected, first.Meta(key));
      if (mine != expected) return BadInput(file + ": its " + key + " is not that of " + files.front());
    }
    if (!SameCandidates(here, candidates)) return BadInput(file + ": has other candidates than " + files.front());
    AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> its, FeaturesOf(shard));
    if (its != features) {
      return BadInput(file + ": has other features than " + files.front() +
                      "; give both the same with amsel profile --resume --features");
    }
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (here[i].id != merged[i].id) return BadInput(file + ": numbers its candidates otherwise; profile it anew");
    }
    AMSEL_RETURN_IF_ERROR(CopyShard(output, file, shard.older()));
  }
  AMSEL_RETURN_IF_ERROR(RecordNearDuplicates(output));
  return output.Complete();
}

}  // namespace

Status MergeProfiles(const std::vector<std::string>& shards, const std::string& output) {
  if (std::filesystem::exists(output)) return UsageError(output + ": exists");
  AMSEL_RETURN_IF_ERROR(CheckShards(shards));
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Create(output));
  const Status merged = MergeInto(store, shards);
  if (!merged.ok()) RemoveProfile(output);  // while nobody else can write to it
  return merged;
}

}  // namespace amsel
