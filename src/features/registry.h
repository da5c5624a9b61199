// A feature's entry together with its function. Internal to src/features; to add one, see CONTRIBUTING.md.
#pragma once

#include <functional>
#include <vector>

#include "features/features.h"
#include "features/stages.h"

namespace amsel {

struct FeatureDefinition {
  FeatureInfo info;
  std::function<double(const FeatureInputs& inputs)> compute;
};

const std::vector<FeatureDefinition>& FeatureDefinitions();

/// The complaint about a name that is not among them.
Error NoSuchFeature(const std::string& name);

}  // namespace amsel
