// A bundle for this device: its candidates tuned and measured here, its operating points planned anew. Needs no images.
#pragma once

#include <string>
#include <vector>

#include "runtime/replan.h"
#include "runtime/tune.h"

namespace amsel {

/// What became of a candidate.
struct RetargetedCandidate {
  std::string name;
  double before_ms = 0;        ///< inference by the former plan
  DnnCost cost;                ///< the new plan
  std::vector<Variant> tried;  ///< empty for a view of a DNN that was tried already
  bool by_cpu_time = false;    ///< since other programs disturbed too many runs
};

struct RetargetReport {
  std::vector<RetargetedCandidate> candidates;
  Manifest before;
  Manifest after;
  std::vector<PointOf> points;  ///< where the points of `after` come from
  std::vector<std::string>
      uncertified;                   ///< named points whose certificates are void here, since a DNN does not conform
  bool overheads_estimated = false;  ///< preprocessing and features were scaled by the device's speed

  std::size_t runs = 0;  ///< timed for the costs
  std::size_t disturbed = 0;

  bool conforms() const;
};

/// Tunes and measures every candidate of the bundle, about 2 · options.time, and writes the bundle with the costs of
/// this device to `out`, whole or not at all; `out` may be where it was. The feature DNN, where there is one, goes
/// where it was planned or, where it does not run or conform there, to the first of the ways to try in which it does;
/// its cost is not measured. Error when a DNN runs in no way that was tried; the message says why not.
Result<RetargetReport> Retarget(const Bundle& bundle, const TuneOptions& options, const Clock& clock,
                                const std::string& out);

}  // namespace amsel
