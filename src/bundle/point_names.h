// The names of a staged policy's operating points, and what each promises against the single best's planned time.
#pragma once

namespace amsel {

inline constexpr const char* kBalancedPoint = "balanced";  ///< the most accurate at kBalancedSpeed times its speed
inline constexpr const char* kFastPoint = "fast";          ///< the least time, and no less accurate
inline constexpr const char* kAccuratePoint = "accurate";  ///< the most accurate in no more time
inline constexpr const char* kSteadyPoint = "steady";      ///< the most accurate whose 99 % quantile is within its time

/// How the points begin that stand for the rest of a bundle's trade-offs.
inline constexpr const char* kUnnamedPoint = "pareto-";

inline constexpr double kBalancedSpeed = 1.8;

}  // namespace amsel
