// Features that are no formula: the values that a feature DNN gives for an image. They are recorded in profiles and
// read by policies like those of the registry, but belong to a file of the user's (amsel profile --feature-dnn).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace amsel {

/// In lists of features: all that the profile has of them. The name of each begins with it.
inline constexpr const char* kDnnFeatures = "dnn";

/// Under this name profiles record what preparing the input and running the DNN costs.
inline constexpr const char* kDnnStage = "stage.dnn";

/// "dnn.0", "dnn.1", …
std::string DnnFeatureName(int value);

/// Which value of the DNN `name` is; nothing for other features, and for values that no DNN may have.
std::optional<int> DnnValueOf(const std::string& name);

/// Those of `names` that are values of the DNN, or with `wanted` false those that are not, in their order.
std::vector<std::string> DnnFeaturesIn(const std::vector<std::string>& names, bool wanted = true);

}  // namespace amsel
