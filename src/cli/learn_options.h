// Options of everything that learns, declared once.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"
#include "fit/fit_classifier.h"
#include "learn/options.h"
#include "train/train.h"

namespace amsel {

inline std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Accepts names of policies.
inline CLI::Validator PolicyName() {
  const auto check = [](const std::string& name) {
    const Status status = CheckPolicyName(name);
    return status.ok() ? std::string() : status.error().message;
  };
  return CLI::Validator(check, "NAME");
}

/// What PolicyName accepts, for help texts.
inline std::string PolicyNamesInWords() {
  return Joined(PolicyNames()) +
         "; chain:A-B-C with gates knn, tree or svm, the last for all that follow; multiclass:A with " +
         Joined(ClassifierNames()) + ". Premodels (p-right, chain, multiclass) may name what they read, as in " +
         "p-right@dnn: a list of --features";
}

/// What learners of premodels take beside features.
inline void AddPremodelOptions(CLI::App& verb, LearnOptions& options) {
  verb.add_option("--chain-k", options.classifiers.k, "Neighbours of each gate of the chain")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb.add_option("--p-right-k", options.p_right_k, "Neighbours of the P(right) premodel")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb.add_option("--tree-depth", options.classifiers.tree_depth,
                  "Levels of decision trees and of those of forests, at most")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  verb.add_option("--trees", options.classifiers.trees, "Trees of a forest; rounds of boosting")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb.add_option("--svm-gamma", options.classifiers.svm_gamma,
                  "Of the support vector machines' kernel exp(-gamma d^2)")
      ->check(CLI::Range(1e-9, 1e6))
      ->capture_default_str();
  verb.add_option("--svm-c", options.classifiers.svm_c, "Support vector machines: price of an image on the wrong side")
      ->check(CLI::Range(1e-9, 1e9))
      ->capture_default_str();
  verb.add_option_function<std::string>(
          "--on-none",
          [&options](const std::string& value) {
            options.on_none = value == "cheapest" ? OnNone::kCheapest : OnNone::kMostCapable;
          },
          "Who answers when no gate says yes: most-capable or cheapest (default most-capable)")
      ->check(CLI::IsMember({"most-capable", "cheapest"}));
}

/// Which features premodels read.
inline void AddFeatureOptions(CLI::App& verb, LearnOptions& options) {
  const auto fill = [](std::vector<std::string>& names) {
    return [&names](const std::vector<std::string>& given) {  // learning refuses names that there are not
      const auto expanded = ExpandFeatureNames(given);
      names = expanded.ok() ? *expanded : given;
    };
  };
  verb.add_option_function<std::vector<std::string>>(
          "--features", fill(options.features),
          "Image features that premodels read: paper, default, all, or names (amsel profile --help lists them);\n"
          "dnn: what the DNN of amsel profile --feature-dnn gives")
      ->delimiter(',')
      ->default_str("paper");
  verb.add_option_function<std::vector<std::string>>(
          "--select-features", fill(options.selection.from),
          "Let premodels read the best of these features instead (named as above, usually default): without those\n"
          "that correlate, then without those whose loss costs least in cross-validation")
      ->delimiter(',');
  verb.add_option("--select-correlation", options.selection.correlation,
                  "Of two features whose |r| (Pearson) reaches this, --select-features leaves one out")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

inline void AddLearnOptions(CLI::App& verb, LearnOptions& options) {
  verb.add_option("--seed", options.seed, "Seed of splits, turns and resampling")->capture_default_str();
  verb.add_option("--top", options.top,
                  "An answer is right when the label is among its first 1 or 5 classes (labels "
                  "for learning; tables show both)")
      ->check(CLI::IsMember({1, 5}))
      ->capture_default_str();
  verb.add_option("--theta", options.theta, "Portfolio: stop when one more candidate covers less than this share more")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb.add_option("--tie-tolerance", options.tie_tolerance, "Costs within this fraction count as equal")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb.add_option("--abstain-price", options.staged.abstain_price,
                  "Staged: what no answer costs, as a share of what a wrong one costs; 0: always answer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  AddPremodelOptions(verb, options);
  AddFeatureOptions(verb, options);
}

}  // namespace amsel
