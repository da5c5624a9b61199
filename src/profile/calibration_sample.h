// Which images of a list a candidate is calibrated on, and which then judge what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "amsel/result.h"
#include "card/zoo.h"
#include "image/decode.h"
#include "profile/dataset.h"

namespace amsel {

struct SampleOptions {
  std::size_t calibrate = 200;  ///< images, 1 or more, at most, and at most a quarter of those that may
  std::size_t judge = 1000;     ///< images, about, at most; 0: all
  std::uint64_t seed = 1;
  DecodeOptions decode;  ///< but for min_side, which is what the zoo's candidates need, as in a profile
};

/// Positions in the list, in order.
struct CalibrationSample {
  std::vector<std::size_t> calibrate;
  std::vector<std::string> keys;  ///< ContentKey of each of these
  std::vector<std::size_t> judge;
  std::vector<std::pair<std::string, std::string>> skipped;  ///< that cannot be used: name and reason
};

/// Draws, by seed, all classes in their proportion. Only images of no split or of split fit calibrate, one a group;
/// images of split test and certify do not judge either, nor does what shares group or content with a calibrating one.
/// Bad input where nothing is left for either.
Result<CalibrationSample> DrawCalibrationSample(const std::vector<LabelledImage>& images, const SampleOptions& options);

/// Writes, for each candidate of the zoo, the tensors that it takes of the sample's calibrating images, one after
/// another: NAME.tensor in `folder`. Images that cannot be decoded leave the sample for `skipped`.
Status WriteTensors(const Zoo& zoo, const std::vector<LabelledImage>& images, const SampleOptions& options,
                    const std::string& folder, CalibrationSample& sample);

}  // namespace amsel
