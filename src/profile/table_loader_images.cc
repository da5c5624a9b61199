// The images, with the features that are recorded of them.
#include <cmath>

#include "features/features.h"
#include "profile/duplicates.h"
#include "profile/recorded_duplicates.h"
#include "profile/row_limits.h"
#include "profile/table_loader.h"

namespace amsel {

Status LoadInputs(RowReader& rows, bool join_near_duplicates, const CalibratedOn& calibrated, ProfileTable& table,
                  TableIndex& index) {
  DuplicateInputs pictures;
  std::vector<std::string> contents;
  double decode_ns = 0;
  AMSEL_RETURN_IF_ERROR(rows.Each(
      "SELECT id, key, path, sha256, label, weight, split, \"group\", thumbnail, decode_ns FROM input ORDER BY id",
      [&](Statement& q) -> Status {
        const auto label = q.Whole(4, 0, table.classes() - 1);
        const auto weight = q.Number(5, 0, kMostWeight);
        const auto decode = q.IsNull(9) ? std::optional(std::int64_t{0}) : q.Whole(9, 0, kMostNs);
        if (!q.Whole(0, 0, kMostInputs))
          return rows.Wrong("the id of " + q.Text(1), "a position in the list of images");
        if (!label) {
          return rows.Wrong("label " + q.Text(4) + " of " + q.Text(1),
                            "a whole number below the number of classes, " + std::to_string(table.classes()));
        }
        if (!weight) return rows.Wrong("weight " + q.Text(5) + " of " + q.Text(1), "a number from 0 to 1e12");
        if (!decode) return rows.Wrong("decode_ns of " + q.Text(1), kTime);
        const std::int64_t id = q.Integer(0);
        index.inputs[id] = table.images.size();
        table.images.push_back({q.Text(1), static_cast<int>(*label), *weight, q.Text(6), q.Text(3)});
        table.files.push_back({id, q.Text(2)});
        contents.push_back(q.Text(3));
        pictures.ids.push_back(id);
        pictures.labels.push_back(static_cast<int>(*label));
        pictures.groups.push_back(q.Text(7));
        pictures.thumbnails.push_back(q.Text(8));
        decode_ns += static_cast<double>(*decode);
        return {};
      }));
  if (table.images.empty()) return rows.Fault("holds no image");
  index.image_count = table.images.size();
  table.mean_decode_ms = decode_ns * kMsPerNs / static_cast<double>(table.images.size());
  std::vector<std::size_t> same;
  if (join_near_duplicates) {
    AMSEL_ASSIGN_OR_RETURN(same, NearDuplicatesOf(rows.store(), pictures));
  }
  table.joined = CountJoined(same);
  table.groups = JoinGroups(pictures.groups, contents, same);
  return MarkCalibrated(calibrated, contents, table);
}

Status LoadFeatureNames(RowReader& rows, ProfileTable& table) {
  return rows.Each(
      "SELECT name FROM feature WHERE input = (SELECT min(id) FROM input) AND value IS NOT NULL ORDER BY name",
      [&](Statement& q) -> Status {
        table.feature_names.push_back(q.Text(0));
        if (ExpandFeatureNames({q.Text(0)}).ok()) return {};
        return rows.Wrong("feature `" + q.Text(0) + "`", "one that this amsel knows; profile the images anew");
      });
}

Status LoadFeatures(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  std::map<std::string, std::pair<double, double>> costs;  // Σ ns, count
  std::map<std::string, std::size_t> position;
  for (const std::string& name : table.feature_names) position.emplace(name, position.size());
  const std::size_t values = table.image_count() * table.feature_names.size();
  if (sizeof(float) * values > rows.file_bytes()) return rows.Incomplete("features are missing");
  table.features.assign(values, NAN);
  AMSEL_RETURN_IF_ERROR(rows.Each("SELECT input, name, value, ns FROM feature", [&](Statement& q) -> Status {
    auto& [sum, count] = costs[q.Text(1)];
    const auto took = q.IsNull(3) ? std::optional(std::int64_t{0}) : q.Whole(3, 0, kMostNs);
    if (!took) return rows.Wrong("ns of the feature " + q.Text(1), kTime);
    sum += static_cast<double>(*took);
    ++count;
    const auto i = index.inputs.find(q.Integer(0));
    if (q.IsNull(2) || i == index.inputs.end()) return Status();
    const auto f = position.find(q.Text(1));
    if (f == position.end()) return rows.Incomplete("the first image lacks a feature that others have");
    const auto value = q.Number(2, -kMostFeature, kMostFeature);
    if (!value) return rows.Wrong("feature " + q.Text(1) + " of " + table.images[i->second].key, "a finite number");
    table.features[i->second * table.feature_names.size() + f->second] = static_cast<float>(*value);
    return Status();
  }));
  for (const float value : table.features) {
    if (!std::isfinite(value)) return rows.Incomplete("a feature value is missing");
  }
  for (const auto& [name, cost] : costs) {
    table.feature_costs_ms.emplace_back(name, cost.first / cost.second * kMsPerNs);
  }
  return {};
}

}  // namespace amsel
