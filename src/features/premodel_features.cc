#include "features/premodel_features.h"

#include <charconv>
#include <string_view>

#include "card/premodel_card.h"

namespace amsel {

std::string PremodelFeatureName(int value) {
  return std::string(kPremodelFeatures) + "." + std::to_string(value);
}

std::optional<int> PremodelValueOf(const std::string& name) {
  const std::string_view prefix = kPremodelFeatures;
  if (!name.starts_with(prefix) || name.size() < prefix.size() + 2) return {};
  int value = -1;
  std::from_chars(name.data() + prefix.size() + 1, name.data() + name.size(), value);
  const bool may_be = value >= 0 && value < kMostPremodelValues && PremodelFeatureName(value) == name;
  return may_be ? std::optional(value) : std::nullopt;
}

std::vector<std::string> PremodelFeaturesIn(const std::vector<std::string>& names, bool wanted) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (PremodelValueOf(name).has_value() == wanted) found.push_back(name);
  }
  return found;
}

}  // namespace amsel
