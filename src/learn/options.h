// Options shared by all learners, each declared once: flags, help and what manifests record come from that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
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

/// What an option may be.
struct AnyWhole {};  ///< a whole number
template <typename T>
struct Within {
  T least;
  T most;
};
template <typename T>
struct OneOf {
  std::vector<T> values;
};
template <typename T>
struct Named {
  std::vector<std::pair<std::string, T>> values;  ///< the first is the default
};
struct FeatureList {
  std::string standard;  ///< what it is where it is not given; empty: nothing
};

/// Calls declare(name, value, what it may be, help) for each option: `name` is that of the flag, without the dashes,
/// and with _ for - that of the field in manifests.
template <typename Options, typename Declare>
void DeclareLearnOptions(Options& options, Declare&& declare) {
  declare("seed", options.seed, AnyWhole{}, "Seed of splits, turns and resampling");
  declare(
      "top", options.top, OneOf<int>{{1, 5}},
      "An answer is right when the label is among its first 1 or 5 classes (labels for learning; tables show both)");
  declare("theta", options.theta, Within<double>{0, 1},
          "Portfolio: stop when one more candidate covers less than this share more");
  declare("tie-tolerance", options.tie_tolerance, Within<double>{0, 1}, "Costs within this fraction count as equal");
  declare("abstain-price", options.staged.abstain_price, Within<double>{0, 1},
          "Staged: what no answer costs, as a share of what a wrong one costs; 0: always answer");
  declare("chain-k", options.classifiers.k, Within<int>{1, 10'000}, "Neighbours of each gate of the chain");
  declare("p-right-k", options.p_right_k, Within<int>{1, 10'000}, "Neighbours of the P(right) premodel");
  declare("tree-depth", options.classifiers.tree_depth, Within<int>{1, 30},
          "Levels of decision trees and of those of forests, at most");
  declare("trees", options.classifiers.trees, Within<int>{1, 10'000}, "Trees of a forest; rounds of boosting");
  declare("svm-gamma", options.classifiers.svm_gamma, Within<double>{1e-9, 1e6},
          "Of the support vector machines' kernel exp(-gamma d^2)");
  declare("svm-c", options.classifiers.svm_c, Within<double>{1e-9, 1e9},
          "Support vector machines: price of an image on the wrong side");
  declare("on-none", options.on_none,
          Named<OnNone>{{{"most-capable", OnNone::kMostCapable}, {"cheapest", OnNone::kCheapest}}},
          "Who answers when no gate says yes: most-capable or cheapest (default most-capable)");
  declare("features", options.features, FeatureList{"paper"},
          "Image features that premodels read: paper, default, all, or names (amsel profile --help lists them);\n"
          "dnn: what the DNN of amsel profile --feature-dnn gives");
  declare("select-features", options.selection.from, FeatureList{},
          "Let premodels read the best of these features instead (named as above, usually default): without those\n"
          "that correlate, then without those whose loss costs least in cross-validation");
  declare("select-correlation", options.selection.correlation, Within<double>{0, 1},
          "Of two features whose |r| (Pearson) reaches this, --select-features leaves one out");
}

}  // namespace amsel
