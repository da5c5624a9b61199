#include "learn/learners.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>

#include "base/status_macros.h"
#include "features/premodel_features.h"
#include "learn/choose.h"
#include "learn/feature_selection.h"
#include "learn/premodels.h"
#include "learn/staged.h"

namespace amsel {
namespace {

/// The staged policy, its ablations, and the simpler policies that it contains.
std::optional<StagedOptions> StagedVariant(const std::string& name) {
  StagedOptions staged;
  if (name == "staged") return staged;
  if (name == "staged-no-pooling") return staged.pooling = false, staged;
  if (name == "staged-no-features") return staged.gates = false, staged;
  if (name == "staged-no-head") return staged.learned_heads = false, staged;
  if (name == "staged-fixed-order") return staged.free_order = false, staged;
  staged.gates = staged.free_order = staged.learned_heads = false;
  if (name == "cascade") return staged.pooling = false, staged;
  if (name == "agreement") return staged.agreement = true, staged;
  return std::nullopt;
}

constexpr std::string_view kChain = "chain:";
constexpr std::string_view kMulticlass = "multiclass:";

/// The classifiers that the name of a premodel asks for; empty where it is no such name.
std::vector<std::string> ClassifiersOf(const std::string& name) {
  if (name == "chain") return {"knn"};
  const bool chain = name.starts_with(kChain);
  if (!chain && !name.starts_with(kMulticlass)) return {};
  static const std::vector<std::string> kGates{"knn", "tree", "svm"};
  const std::vector<std::string>& known = chain ? kGates : ClassifierNames();
  std::vector<std::string> asked{""};
  for (const char c : name.substr(chain ? kChain.size() : kMulticlass.size())) {
    if (chain && c == '-') {
      asked.emplace_back();
    } else {
      asked.back() += c;
    }
  }
  const auto is_known = [&](const std::string& one) {
    return std::find(known.begin(), known.end(), one) != known.end();
  };
  return std::all_of(asked.begin(), asked.end(), is_known) ? asked : std::vector<std::string>();
}

/// "p-right@premodel" → the policy, and the list of features where it names one.
struct NamedPolicy {
  explicit NamedPolicy(const std::string& name) : policy(name.substr(0, name.find('@'))) {
    if (policy.size() < name.size()) features = name.substr(policy.size() + 1);
  }

  std::string policy;
  std::optional<std::string> features;
};

/// The learner of a policy whose name has no suffix.
Result<Learner> LearnerCalled(const std::string& name, const LearnOptions& options) {
  if (name == "single") return Learner([=](const ProfileTable& t, Rows r) { return LearnSingle(t, r, options); });
  if (name == "p-right") return WithSelectedFeatures(LearnPRight, options);
  if (const auto variant = StagedVariant(name)) {
    LearnOptions varied = options;
    varied.staged = *variant;
    varied.staged.abstain_price = options.staged.abstain_price;
    return Learner([=](const ProfileTable& t, Rows r) { return LearnStaged(t, r, varied); });
  }
  if (name == "auto") return Learner([=](const ProfileTable& t, Rows r) { return LearnByValidation(t, r, options); });
  std::vector<ClassifierLearner> learners;
  for (const std::string& classifier : ClassifiersOf(name)) {
    AMSEL_ASSIGN_OR_RETURN(ClassifierLearner learner, MakeClassifierLearner(classifier, options));
    learners.push_back(std::move(learner));
  }
  if (name.starts_with(kMulticlass)) {
    const auto learn = [learner = learners.front()](const ProfileTable& t, Rows r, const LearnOptions& o) {
      return LearnMulticlass(t, r, o, learner);
    };
    return WithSelectedFeatures(learn, options);
  }
  const auto learn = [learners](const ProfileTable& t, Rows r, const LearnOptions& o) {
    return LearnChain(t, r, o, learners);
  };
  return WithSelectedFeatures(learn, options);
}

}  // namespace

const std::vector<std::string>& PolicyNames() {
  static const std::vector<std::string> names{"auto",
                                              "single",
                                              "p-right",
                                              "chain",
                                              "staged",
                                              "cascade",
                                              "agreement",
                                              "staged-no-pooling",
                                              "staged-no-features",
                                              "staged-no-head",
                                              "staged-fixed-order"};
  return names;
}

Status CheckPolicyName(const std::string& name) {
  const std::vector<std::string>& names = PolicyNames();
  const NamedPolicy parts(name);
  const bool takes_list = parts.policy == "p-right" || !ClassifiersOf(parts.policy).empty();
  if (!takes_list && std::find(names.begin(), names.end(), parts.policy) == names.end()) {
    return UsageError("there is no policy `" + parts.policy + "`; `amsel train --help` lists them");
  }
  if (!parts.features) return {};
  if (!takes_list) {
    return UsageError("policy `" + parts.policy + "` takes no list of features: only premodels (p-right, chain, " +
                      "multiclass) do, as in `p-right@paper`");
  }
  AMSEL_RETURN_IF_ERROR(ExpandFeatureNames({*parts.features}));
  return {};
}

LearnOptions OptionsOf(const std::string& policy, const LearnOptions& options) {
  LearnOptions named = options;
  if (const auto list = NamedPolicy(policy).features) {
    named.features = ExpandFeatureNames({*list}).value();
    named.selection.from.clear();
  }
  return named;
}

Result<Learner> MakeLearner(const std::string& name, const LearnOptions& options) {
  AMSEL_RETURN_IF_ERROR(CheckPolicyName(name));
  const std::string policy = NamedPolicy(name).policy;
  AMSEL_ASSIGN_OR_RETURN(const Learner learner, LearnerCalled(policy, OptionsOf(name, options)));
  return Learner([=](const ProfileTable& table, Rows rows) {
    try {
      return learner(table, rows);
    } catch (const std::exception& fault) {  // of a library that learns; which policy it was is known here alone
      throw std::runtime_error("policy `" + name + "` cannot be learned: " + fault.what());
    }
  });
}

Status CheckFeaturesOf(const ProfileTable& table, const LearnOptions& options) {
  std::vector<std::string> wanted = options.features;
  wanted.insert(wanted.end(), options.selection.from.begin(), options.selection.from.end());
  const std::size_t of_premodel = table.PremodelFeatures().size();
  std::vector<std::string> extracted;
  for (const std::string& name : wanted) {
    const bool any = name == kPremodelFeatures;
    const std::optional<int> value = PremodelValueOf(name);
    if (!any && !value) {
      extracted.push_back(name);
    } else if (of_premodel == 0) {
      return BadInput(table.file + ": has no features of a premodel (`" + name +
                      "`); record them with amsel profile --resume --premodel-onnx FILE");
    } else if (!any && static_cast<std::size_t>(*value) >= of_premodel) {
      return BadInput(table.file + ": lacks the feature `" + name + "`; its premodel gives " +
                      std::to_string(of_premodel) + " values");
    }
  }
  AMSEL_RETURN_IF_ERROR(FeatureExtractor::Create(extracted));
  for (const std::string& name : extracted) {
    if (std::count(table.feature_names.begin(), table.feature_names.end(), name) == 0) {
      return BadInput(table.file + ": lacks the feature `" + name + "`; add it with amsel profile --resume");
    }
  }
  return {};
}

Status CheckLearnable(const ProfileTable& table, Rows rows, int folds, const LearnOptions& options) {
  const auto refuse = [&](const std::string& what) { return BadInput(table.file + ": " + what); };
  if (table.candidate_count() < 2) return refuse("has one candidate; there is nothing to choose among");
  if (table.candidate_count() > kMaxCandidates) return refuse("has more than 64 candidates");
  std::set<int> classes;
  std::set<int> groups;
  double weight = 0;
  for (const std::size_t i : rows) {
    classes.insert(table.inputs[i].label);
    groups.insert(table.groups[i]);
    weight += table.inputs[i].weight;
  }
  if (static_cast<int>(groups.size()) < folds) {
    const JoinedImages& joined = table.joined;
    return refuse("has " + std::to_string(groups.size()) + " images or groups to learn from, fewer than the " +
                  std::to_string(folds) + " folds" +
                  (joined.images == 0 ? ""
                                      : " (" + std::to_string(joined.images) + " images were joined to " +
                                            std::to_string(joined.pictures) +
                                            " groups as near duplicates; --keep-near-duplicates leaves them apart)"));
  }
  if (classes.size() < 2) return refuse("has images of one class only; there is nothing to learn");
  if (weight <= 0) return refuse("has images of weight 0 only");
  if (table.feature_code_version != kFeatureCodeVersion) {
    return refuse("has features of version " + std::to_string(table.feature_code_version) + ", this amsel needs " +
                  std::to_string(kFeatureCodeVersion) + "; profile the images anew");
  }
  return CheckFeaturesOf(table, options);
}

}  // namespace amsel
