// Rows made from a profile: what singles and policies would have done with its images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/results.h"
#include "learn/cross_validate.h"
#include "meter/power_model.h"
#include "profile/table.h"

namespace amsel {

EvaluatedImages DescribeImages(const Outcomes& table, Rows rows);

/// Candidate c as it came, right when the label is among its first `top` classes.
RowSamples SingleRow(const Outcomes& table, Rows rows, std::size_t c, int top = 1);

/// The start of an evaluation: the images, and each candidate as it came.
Evaluation SimulatedSingles(const Outcomes& table, Rows rows);

/// How the times of rows that are made from tables came about, for people.
inline constexpr const char* kSimulatedLatency = "simulated from recorded times";

/// How the profile was taken.
Json ConditionsOf(const ProfileTable& table);

/// Adds what `policy` did at one operating point, and its null and bound: a random mix for one that decides once; a
/// random stop and, where answers are pooled, a pooled oracle for a staged one; neither for an adapted single and the
/// textbook's cascade. `only`:
/// the policy has no other point, and the row carries its name alone. `singles` are those of the whole table, in its
/// order.
void AddPointRows(const Outcomes& table, Rows rows, const std::string& policy, const PointValidation& point, bool only,
                  const std::vector<RowSamples>& singles, std::vector<RowSamples>& out);

/// The headline: the `balanced` point of `policy`, or its only one; with the bound that applies to it.
void ChooseHeadline(const std::string& policy, Evaluation& evaluation);

/// Gives every row the energy that the profile measured; estimates only where it measured nothing.
void AddProfiledEnergy(const ProfileTable& table, const std::optional<PowerModel>& model, Evaluation& evaluation);

}  // namespace amsel
