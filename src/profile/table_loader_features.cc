#include <cmath>

#include "features/features.h"
#include "profile/row_limits.h"
#include "profile/table_loader.h"

namespace amsel {

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
