#include "profile/recorded_duplicates.h"

#include <map>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "profile/duplicates.h"

namespace amsel {
namespace {

constexpr const char* kFoundFrom = "near_duplicates";  ///< of table meta

/// Of the rule and of all that it looks at.
std::string FoundFrom(const DuplicateInputs& inputs) {
  std::string text;
  for (std::size_t i = 0; i < inputs.ids.size(); ++i) {
    text += std::to_string(inputs.ids[i]) + " " + std::to_string(inputs.labels[i]) + " " +
            (inputs.groups[i].empty() ? "-" : "g") + " " + std::to_string(inputs.thumbnails[i].size()) + " ";
    text += inputs.thumbnails[i];
  }
  return std::to_string(kNearDuplicateRule) + ":" + Sha256Hex(text);
}

/// Nothing known of an image: it is its own picture.
Result<std::vector<std::size_t>> Recorded(ProfileStore& store, const DuplicateInputs& inputs) {
  std::map<std::int64_t, std::size_t> at;
  std::vector<std::size_t> pictures;
  for (std::size_t i = 0; i < inputs.ids.size(); ++i) {
    at[inputs.ids[i]] = i;
    pictures.push_back(i);
  }
  AMSEL_ASSIGN_OR_RETURN(Statement query, store.database().Prepare("SELECT input, first FROM near_duplicate"));
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return pictures;
    const auto input = at.find(query.Integer(0));
    const auto first = at.find(query.Integer(1));
    if (input == at.end() || first == at.end() || first->second > input->second) {
      return BadInput(store.file() + ": near_duplicate names images that it lacks");
    }
    pictures[input->second] = first->second;
  }
}

Result<DuplicateInputs> ReadInputs(ProfileStore& store) {
  DuplicateInputs inputs;
  AMSEL_ASSIGN_OR_RETURN(Statement query,
                         store.database().Prepare("SELECT id, label, \"group\", thumbnail FROM input ORDER BY id"));
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return inputs;
    inputs.ids.push_back(query.Integer(0));
    inputs.labels.push_back(static_cast<int>(query.Integer(1)));
    inputs.groups.push_back(query.Text(2));
    inputs.thumbnails.push_back(query.Text(3));
  }
}

}  // namespace

Result<std::vector<std::size_t>> NearDuplicatesOf(ProfileStore& store, const DuplicateInputs& inputs) {
  AMSEL_ASSIGN_OR_RETURN(const std::string found_from, store.Meta(kFoundFrom));
  AMSEL_ASSIGN_OR_RETURN(const bool has_table, store.HasTable("near_duplicate"));
  if (has_table && found_from == FoundFrom(inputs)) return Recorded(store, inputs);
  return NearDuplicates(inputs.thumbnails, inputs.labels, inputs.groups);
}

Status RecordNearDuplicates(ProfileStore& store) {
  AMSEL_ASSIGN_OR_RETURN(const DuplicateInputs inputs, ReadInputs(store));
  AMSEL_ASSIGN_OR_RETURN(const std::string recorded, store.Meta(kFoundFrom));
  const std::string found_from = FoundFrom(inputs);
  if (recorded == found_from) return {};
  const std::vector<std::size_t> pictures = NearDuplicates(inputs.thumbnails, inputs.labels, inputs.groups);
  AMSEL_RETURN_IF_ERROR(store.Begin());
  AMSEL_RETURN_IF_ERROR(store.database().Execute("DELETE FROM near_duplicate"));
  {
    AMSEL_ASSIGN_OR_RETURN(Statement put, store.database().Prepare("INSERT INTO near_duplicate VALUES(?,?)"));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      if (pictures[i] != i) AMSEL_RETURN_IF_ERROR(put.Run(inputs.ids[i], inputs.ids[pictures[i]]));
    }
  }
  AMSEL_RETURN_IF_ERROR(store.SetMeta(kFoundFrom, found_from));
  return store.Commit();
}

}  // namespace amsel
