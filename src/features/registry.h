// A feature's entry together with its function. Internal to src/features; to add one, see CONTRIBUTING.md.
#pragma once

#include <vector>

#include "features/features.h"
#include "features/stages.h"

namespace amsel {

struct FeatureDefinition {
  FeatureInfo info;
  double (*compute)(const FeatureInputs& inputs);
};

const std::vector<FeatureDefinition>& FeatureDefinitions();

}  // namespace amsel
