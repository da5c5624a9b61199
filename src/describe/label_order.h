// Tells whether a DNN's outputs stand for the classes in another order than the labels say, whatever order that is.
#pragma once

#include <span>
#include <vector>

#include "describe/trial.h"

namespace amsel {

struct LabelOrder {
  std::vector<int> class_of;  ///< by answer, as the scores have it: the class whose images it is given to
  int right = 0;              ///< images that are right so, each judged by the order that the other half of them has
};

/// The order of classes that fits the answers best, where it is beyond doubt better than the one that they were scored
/// in and mends a third of what is wrong at least; `right` 0 otherwise. Every class is taken once. `labels` are the
/// images' classes, below `classes`.
LabelOrder BetterOrder(const std::vector<Score>& scores, std::span<const int> labels, int classes);

}  // namespace amsel
