// Evaluation by the clock: a bundle that really runs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "backend/backends.h"
#include "base/clock.h"
#include "bundle/bundle.h"
#include "evaluate/bundle_evaluation.h"
#include "image/decode.h"
#include "meter/blocks.h"
#include "profile/dataset.h"

namespace amsel {

struct ClockOptions {
  DecodeOptions decode;
  int repetitions = 5;
  bool include_training = false;  ///< also images that the bundle was trained on
  bool strict = false;            ///< an image that cannot be used is an error
  std::uint64_t seed = 1;
  EnergyInstruments energy;  ///< with a meter: energy of each row, after the clocking
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// Runs every single of the bundle and its policy on every image, end to end, in blocks of images taken in random
/// order by random turns, on one pinned core, each candidate where `placements` says. Only images of split test, where
/// the list names any. Where a row has no answer for an image, since its candidates failed, that counts as wrong and
/// takes the time in which it failed; where others answered in the place of a candidate that failed, that is the row's
/// answer, as it would be on a device. Energy, where it is asked for, is measured afterwards, in blocks of its own.
Result<BundleEvaluation> ClockBundle(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                     const std::vector<Placement>& placements, const Clock& clock,
                                     const ClockOptions& options);

}  // namespace amsel
