// Evaluation by replay: a bundle as it is, on what a profile recorded.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "bundle/bundle.h"
#include "evaluate/bundle_evaluation.h"
#include "meter/power_model.h"
#include "profile/table.h"

namespace amsel {

struct ReplayOptions {
  bool include_training = false;          ///< also images that the bundle was trained on
  std::optional<PowerModel> power_model;  ///< estimates energy where the profile has none
  std::uint64_t seed = 1;
};

/// What the bundle would do on the images of a profile, from what is recorded there: every candidate of the profile as
/// it came, the policy at each named operating point, nulls and bounds. Runs no DNN; on the device and images of the
/// profile it decides as the engine does. Error when the profile lacks a candidate or feature DNN (the same file) or a
/// feature of the bundle, or its images were decoded otherwise.
Result<BundleEvaluation> ReplayBundle(const Bundle& bundle, const ProfileTable& table, const ReplayOptions& options,
                                      const Clock& clock);

}  // namespace amsel
