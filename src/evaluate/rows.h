// Rows that every table has: the nulls and bounds (docs/measuring.md), built from what each single did on each image.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "meter/power_model.h"
#include "profile/table.h"

namespace amsel {

/// What `right_top5` counts.
inline constexpr int kTopFive = 5;

/// How the names of adapted singles begin.
inline constexpr const char* kAdapted = "adapted ";

/// What the cascade that one would write by hand is called (learn/textbook.h), and the kind of its rows.
inline constexpr const char* kTextbook = "textbook";

/// The `kind` of a policy's row, by its name or its own kind: "adapted-single", "textbook", or what PolicyKind says.
std::string PolicyRowKind(const std::string& policy);

/// What each image counts for: its weight by their sum; alike where that is 0.
std::vector<double> ImageShares(std::span<const double> weights);

/// Per image, the cheapest (by mean latency) of `singles` that is right, or of those of the highest utility; the
/// cheapest of all where none is right, which then counts as wrong.
RowSamples OracleRow(const std::vector<RowSamples>& singles, const EvaluatedImages& images);

/// The null of a policy that decides once: a random single by the policy's shares, whatever the image; per image its
/// expected accuracy and time, and the policy's own overhead (`overhead_ms`) on top.
RowSamples RandomMixRow(const RowSamples& policy, const std::vector<RowSamples>& singles, double overhead_ms);

/// The null of a policy that stops: the same order and heads, stopping blindly, at each depth with the share of images
/// on which the policy stopped there; expected values. `forced` [stages − 1]: right, right_top5 and latency_ms of going
/// on to so many stages, or to the path's end; `stopped_at`: per image the position in it of the depth that the policy
/// took; `each`: what each image counts for.
RowSamples RandomStopRow(const RowSamples& policy, std::span<const RowSamples> forced,
                         std::span<const std::size_t> stopped_at, std::span<const double> each);

/// Σ over candidates of the share of images on which each ran × its energy by the profile: without features and
/// deciding, and with preprocessing that candidates share counted for each. Absent where one that ran has no figure.
std::optional<RowEnergy> EnergyByShares(const RowSamples& row, const ProfileTable& table);

/// Mean latency times watts.
RowEnergy EstimatedEnergy(const RowSamples& row, const EvaluatedImages& images, const PowerModel& model);

/// Name of the cheapest single whose accuracy is within one standard error (paired) of that of the single best. None
/// that is derived, unless the single best is: then all are.
std::string EfficientSingle(const std::vector<RowSamples>& singles, const std::string& single_best,
                            const EvaluatedImages& images);

}  // namespace amsel
