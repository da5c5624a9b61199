// The names of a staged policy's operating points. What each promises is in bundle/named_points.h.
#pragma once

#include <string_view>

namespace amsel {

inline constexpr const char* kBalancedPoint = "balanced";
inline constexpr const char* kFastPoint = "fast";
inline constexpr const char* kAccuratePoint = "accurate";
inline constexpr const char* kSteadyPoint = "steady";

/// How the points begin that stand for the rest of a bundle's trade-offs: those that pass the bar, and those that do
/// not, which trade accuracy for time.
inline constexpr const char* kParetoPoint = "pareto-";
inline constexpr const char* kSaverPoint = "saver-";

inline bool IsSaver(std::string_view name) {
  return name.starts_with(kSaverPoint);
}

/// Whether the name is one of many, which says nothing of how its point was chosen.
inline bool IsNumbered(std::string_view name) {
  return IsSaver(name) || name.starts_with(kParetoPoint);
}

inline constexpr double kBalancedSpeed = 1.8;

}  // namespace amsel
