// Options shared by all learners.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "features/features.h"
#include "fit/fit_classifier.h"

namespace amsel {

/// Who answers when no gate of the chain says yes.
enum class OnNone { kMostCapable, kCheapest };

/// What the staged policy may use; switching parts off gives the simpler policies and the ablations.
struct StagedOptions {
  bool pooling = true;        ///< answer from all candidates that ran, not from the last alone
  bool learned_heads = true;  ///< heads are fitted; otherwise outputs are averaged as they came
  bool gates = true;          ///< image features may choose among candidates of about equal cost
  bool free_order = true;     ///< a cheaper candidate may follow a somewhat dearer one
  bool agreement = false;     ///< stop when candidates agree, not when the pooled answer is sure
  double abstain_price = 0;   ///< what no answer costs, as a share of what a wrong one costs; 0: always answer
};

/// Which features premodels read, where that is not given; see learn/feature_selection.h.
struct FeatureSelectionOptions {
  std::vector<std::string> from;  ///< names to select among; empty: LearnOptions::features as they are
  double correlation = 0.75;      ///< |r| from which one of two features is left out (the paper's threshold)
  std::size_t most_rows = 1000;   ///< sets of features are judged on no more images
};

struct LearnOptions {
  int top = 1;                      ///< an answer is right when the label is among its first `top` classes (1 or 5)
  double tie_tolerance = 0.05;      ///< costs within this fraction of the cheapest count as equal
  double theta = 0.005;             ///< Algorithm 1 stops when one more covers less than this share more; −1: never
  std::size_t most_candidates = 0;  ///< Algorithm 1 stops at so many; 0: as many as it takes
  ClassifierOptions classifiers;    ///< of the gates of chains, and of multiclass premodels; by `seed` below
  int p_right_k = 50;               ///< neighbours of P(right)
  OnNone on_none = OnNone::kMostCapable;
  std::vector<std::string> features = PaperFeatureNames();  ///< `dnn` among them: all of its feature DNN
  FeatureSelectionOptions selection;
  StagedOptions staged;
  /// Told after each piece of work of a staged learner, and before of those that it is chosen among: pieces done, of
  /// how many. One call at a time, from any thread.
  std::function<void(std::size_t done, std::size_t total)> progress;
  int inner_folds = 5;  ///< for choices made inside a training set
  std::uint64_t seed = 1;
};

}  // namespace amsel
