// Operating points as a bundle plans them, and the choice among them by limits.
#pragma once

#include <optional>
#include <string>

#include "amsel/engine.h"
#include "bundle/manifest.h"

namespace amsel {

/// The candidate of that name; null where there is none.
const ManifestCandidate* FindCandidate(const Manifest& manifest, const std::string& name);

/// The measurements that plans for `dnn` rest on; null where the bundle has none.
const DnnCost* PlanningCost(const Dnn& dnn);

/// Planned mean time of the candidate alone, preprocessing and inference; 0 where the bundle has no measurements.
double PlannedMs(const ManifestCandidate& candidate);

/// The same of the single best.
double SingleBestMs(const Manifest& manifest);

/// Σ over the point's paths of share × energy of the candidates on it; absent where any of these was not measured.
std::optional<double> PlannedEnergyMj(const Manifest& manifest, const ManifestPoint& point);

/// Where the figures in it come from, each source once; empty where the bundle does not say.
std::string PlannedEnergySource(const Manifest& manifest, const ManifestPoint& point);

/// "accuracy of 88 % or more", "at most 2 points below the single best"; without a claim the kind alone.
std::string ClaimText(const ManifestCertificate& certificate);

/// The point as the public API shows it.
OperatingPoint DescribeOperatingPoint(const Manifest& manifest, const ManifestPoint& point);

/// Position of the point that OperatingLimits asks for; without limits the first. Usage error when no point keeps the
/// limits: it names the nearest one, the point that exceeds a limit by the smallest share, and what that one keeps.
Result<int> ChooseOperatingPoint(const Manifest& manifest, const OperatingLimits& limits);

}  // namespace amsel
