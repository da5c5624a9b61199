#include "features/dnn_features.h"

#include <charconv>
#include <string_view>

#include "card/feature_dnn_card.h"

namespace amsel {

std::string DnnFeatureName(int value) {
  return std::string(kDnnFeatures) + "." + std::to_string(value);
}

std::optional<int> DnnValueOf(const std::string& name) {
  const std::string_view list = kDnnFeatures;
  if (!name.starts_with(list) || name.size() < list.size() + 2 || name[list.size()] != '.') return {};
  const std::string_view digits = std::string_view(name).substr(list.size() + 1);
  int value = -1;
  const auto [stop, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_number = fault == std::errc() && stop == digits.data() + digits.size() && digits.front() != '-';
  const bool is_plain = digits.size() == 1 || digits.front() != '0';
  return is_number && is_plain && value < kMostFeatureDnnValues ? std::optional(value) : std::nullopt;
}

std::vector<std::string> DnnFeaturesIn(const std::vector<std::string>& names, bool wanted) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (DnnValueOf(name).has_value() == wanted) found.push_back(name);
  }
  return found;
}

}  // namespace amsel
