// The paper's whole study of one profile: every policy cross-validated on the same folds, and what stands behind their
// figures, as one document (docs/study.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "evaluate/cross_validate_policies.h"

namespace amsel {

struct StudyOptions {
  CrossValidateOptions evaluate;  ///< what is cross-validated; `policies` empty: StudiedPolicies
  bool all_chains = false;        ///< every mix of three gates (the paper's 27), not only gates of one kind
  /// Sensitivity is measured on at most so many images, whole groups of them; it takes many cross-validations.
  std::size_t curve_images = 2000;
  int curve_folds = 3;   ///< of each point of a curve
  bool pictures = true;  ///< the document holds the worst cases' pictures, read from where they were profiled
  /// Told what is being worked on, and after each piece of it: pieces done, of how many.
  std::function<void(const std::string& part, std::size_t done, std::size_t total)> progress{};
};

/// What a study compares: the staged policy, the single best, p-right, the chains, and a classifier of each kind; where
/// the profile has values of a feature DNN, also premodels that read these.
std::vector<std::string> StudiedPolicies(bool all_chains, bool dnn_features);

/// The results, schema amsel.evaluation/1, with the study's own figures under `study`. Reads no image but those of the
/// worst cases. On the same profile all but what deciding took is the same for the same options.
Result<Json> Study(const ProfileTable& table, const StudyOptions& options, const Clock& clock);

}  // namespace amsel
