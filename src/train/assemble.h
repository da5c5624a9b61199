// What a bundle takes from where its policy was learned: the files of DNNs and what the manifest says of them.
#pragma once

#include <string>

#include "bundle/bundle.h"
#include "learn/learned_policy.h"
#include "profile/table.h"

namespace amsel {

/// Where the DNN files are, when not where they were profiled.
struct DnnPlaces {
  std::string zoo;          ///< empty: the profiled one
  std::string feature_dnn;  ///< of the feature DNN; empty: the profiled one
  bool left_out = false;    ///< the bundle has none: whoever opens it runs the DNNs (amsel/decisions.h)
};

/// The files of every candidate of the policy, and their lines in the manifest; accuracies are those on `rows`. A file
/// that is not the one that was profiled is refused. Where files are left out, a candidate needs no card: what it is
/// said to give are then log-probabilities, as the profile has them.
Status AddCandidates(const ProfileTable& table, Rows rows, const LearnedPolicy& learned, const DnnPlaces& places,
                     BundleContents& contents);

/// The candidates of a policy that was learned from a table of the user's own: their names, which are plain
/// (IsPlainName), and what they cost whoever runs them.
void AddCallersCandidates(const Outcomes& table, Rows rows, const LearnedPolicy& learned, BundleContents& contents);

/// The feature DNN, where the policy reads what it gives, and its line in the manifest.
Status AddFeatureDnn(const ProfileTable& table, const DnnPlaces& places, BundleContents& contents);

}  // namespace amsel
