// Policies by the names that users give them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "learn/learned_policy.h"
#include "learn/options.h"

namespace amsel {

/// What is known of a policy by its name.
struct PolicyKind {
  std::string_view name;           ///< "chain" and "multiclass" take classifiers after a colon
  std::string_view row;            ///< the `kind` of its row in a table: docs/formats/results.md
  bool reads_features = false;     ///< a premodel: it takes @LIST
  bool reads_confidences = false;  ///< it goes on or stops by how sure the candidates were
};

/// Of any name that CheckPolicyName accepts, and of what Policy::kind() says of those that they learn; null for others.
const PolicyKind* FindPolicyKind(const std::string& name);

/// Names of policies: auto, which chooses among the others, then these, the simplest first. MakeLearner also knows
/// chain:A-B-C, the chain whose gates are learned as A, B and C say (knn, tree or svm; the last from there on), and
/// multiclass:A, A any of ClassifierNames(). The name of a premodel (p-right, chains, multiclass) may end in @LIST, the
/// features that it reads whatever the options say: a name that ExpandFeatureNames knows.
const std::vector<std::string>& PolicyNames();

/// Nothing, or why `name` is no policy.
Status CheckPolicyName(const std::string& name);

/// The learner called `name` ("auto" included).
Result<Learner> MakeLearner(const std::string& name, const LearnOptions& options);

/// The options of the learner called `policy`, which must be a policy's name: those given, but for the features that
/// the name says.
LearnOptions OptionsOf(const std::string& policy, const LearnOptions& options);

/// Refuses features that there are not, and those that the profile lacks.
Status CheckFeaturesOf(const Outcomes& table, const LearnOptions& options);

/// Refuses what is no policy, and one that reads what the source of the outcomes lacks: image features, confidences,
/// classes.
Status CheckPolicyFor(const Outcomes& table, const std::string& policy, const LearnOptions& options);

/// Refuses what nothing can be learned from: one candidate, one class where there are log-probabilities, fewer images
/// than `folds`, no weight, features that a profile lacks.
Status CheckLearnable(const Outcomes& table, Rows rows, int folds, const LearnOptions& options);

}  // namespace amsel
