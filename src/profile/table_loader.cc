#include "profile/table_loader.h"

#include "base/json.h"
#include "features/features.h"
#include "profile/row_limits.h"

namespace amsel {
namespace {

/// Labels, where the zoo was, how images were decoded; an incomplete profile is refused.
Status LoadMeta(RowReader& rows, ProfileTable& table) {
  ProfileStore& store = rows.store();
  AMSEL_ASSIGN_OR_RETURN(const std::string complete, store.Meta("complete"));
  if (complete != "1") return rows.Incomplete("its run did not end");
  AMSEL_ASSIGN_OR_RETURN(const std::string labels, store.Meta("labels"));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(labels, store.file()));
  if (!json.is_array() || json.size() < 2) return rows.Fault("has fewer than two labels");
  if (json.size() > kMostClasses) return rows.Wrong("labels", "at most " + std::to_string(kMostClasses));
  for (const Json& label : json) table.labels.push_back(label.is_string() ? label.get<std::string>() : label.dump());
  AMSEL_ASSIGN_OR_RETURN(table.zoo_path, store.Meta("zoo"));
  AMSEL_ASSIGN_OR_RETURN(table.feature_code_version, rows.WholeMeta("feature_code_version", kMostWhole));
  AMSEL_ASSIGN_OR_RETURN(table.decode_min_side, rows.WholeMeta("decode_min_side", kMostWhole));  // older ones have none
  return {};
}

}  // namespace

std::optional<std::size_t> TableIndex::At(std::int64_t input, std::int64_t candidate) const {
  const auto i = inputs.find(input);
  const auto c = candidates.find(candidate);
  if (i == inputs.end() || c == candidates.end()) return {};
  return c->second * image_count + i->second;
}

std::string CellName(const char* what, const ProfileTable& table, std::size_t at) {
  return std::string(what) + " of " + table.candidates[at / table.image_count()].name + " for " +
         table.images[at % table.image_count()].key;
}

Result<ProfileTable> ProfileTable::Load(const std::string& file, const TableOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  ProfileTable table;
  table.source = file;
  RowReader rows(store, options.progress);
  TableIndex index;
  CalibratedOn calibrated;
  AMSEL_RETURN_IF_ERROR(LoadMeta(rows, table));
  AMSEL_RETURN_IF_ERROR(LoadCandidates(rows, table, index, calibrated));
  AMSEL_RETURN_IF_ERROR(LoadInputs(rows, options.join_near_duplicates, calibrated, table, index));
  AMSEL_RETURN_IF_ERROR(LoadFeatureNames(rows, table));
  if (options.check) AMSEL_RETURN_IF_ERROR(options.check(table));
  // Which shared stages are recorded is not known before they are read.
  rows.Expect(table.image_count() * (2 * table.candidate_count() + table.feature_names.size() + kFeatureStageCount));
  AMSEL_RETURN_IF_ERROR(LoadRuns(rows, index, table));
  AMSEL_RETURN_IF_ERROR(LoadOutputs(rows, index, table));
  AMSEL_RETURN_IF_ERROR(LoadFeatures(rows, index, table));
  table.data_sha256 = table.DataHash();
  return table;
}

}  // namespace amsel
