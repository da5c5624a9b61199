#include "learn/feature_rows.h"

#include <algorithm>
#include <cassert>

#include "features/dnn_features.h"

namespace amsel {

std::vector<std::string> NamesInTable(const Outcomes& table, const std::vector<std::string>& names) {
  std::vector<std::string> in_table;
  for (const std::string& name : names) {
    const std::vector<std::string> meant = name == kDnnFeatures ? table.DnnFeatures() : std::vector<std::string>{name};
    for (const std::string& one : meant) {
      if (std::find(in_table.begin(), in_table.end(), one) == in_table.end()) in_table.push_back(one);
    }
  }
  return in_table;
}

std::vector<std::size_t> FeaturePositions(const Outcomes& table, const std::vector<std::string>& names) {
  std::vector<std::size_t> positions;
  for (const std::string& name : names) {
    const auto it = std::find(table.feature_names.begin(), table.feature_names.end(), name);
    assert(it != table.feature_names.end());  // Train and Evaluate check the profile first
    positions.push_back(static_cast<std::size_t>(it - table.feature_names.begin()));
  }
  return positions;
}

std::vector<float> FeatureRows(const Outcomes& table, Rows rows, const std::vector<std::string>& names) {
  const std::vector<std::size_t> positions = FeaturePositions(table, names);
  std::vector<float> values;
  values.reserve(rows.size() * names.size());
  for (const std::size_t i : rows) {
    for (const std::size_t position : positions) values.push_back(table.Features(i)[position]);
  }
  return values;
}

}  // namespace amsel
