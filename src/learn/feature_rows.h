// Features of a profile's images as the learners take them.
#pragma once

#include <string>
#include <vector>

#include "learn/labels.h"

namespace amsel {

/// The names with `dnn` replaced by those of the table's feature DNN, each once.
std::vector<std::string> NamesInTable(const Outcomes& table, const std::vector<std::string>& names);

/// Position in the table of each named feature, which the table must have.
std::vector<std::size_t> FeaturePositions(const Outcomes& table, const std::vector<std::string>& names);

/// Values [rows × names].
std::vector<float> FeatureRows(const Outcomes& table, Rows rows, const std::vector<std::string>& names);

}  // namespace amsel
