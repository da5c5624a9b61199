// Which class each output of a DNN stands for: the usual ways in which labels and outputs come apart.
#pragma once

#include <string>
#include <vector>

namespace amsel {

/// `class_of[output]` is a class of the zoo, −1 for outputs that are none.
struct LabelMap {
  std::string change;  ///< what differs from the first map, for people; empty for the first
  int skip = 0;        ///< leading outputs that are no class
  std::vector<int> class_of;

  friend bool operator==(const LabelMap& a, const LabelMap& b) { return a.class_of == b.class_of; }
};

/// What a DNN's values count as: one alone stands for two labels.
constexpr int OutputsOf(int values) {
  return values == 1 ? 2 : values;
}

/// The first is output skip + i for label i. The others: shifted by one, a class more or less to skip, labels in the
/// order of their texts or of their numbers, two labels exchanged. `outputs` counts values, two for a DNN that gives
/// one for two labels. Each stands there once.
std::vector<LabelMap> LabelMaps(const std::vector<std::string>& labels, int outputs, int skip);

/// The labels in the order of the map's outputs; empty where it does not name each label once.
std::vector<std::string> LabelsInOrder(const LabelMap& map, const std::vector<std::string>& labels);

}  // namespace amsel
