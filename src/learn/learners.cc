#include "learn/learners.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/status_macros.h"
#include "features/dnn_features.h"
#include "learn/choose.h"
#include "learn/feature_selection.h"
#include "learn/premodels.h"
#include "learn/staged.h"

namespace amsel {
namespace {

using Classifiers = std::vector<ClassifierLearner>;
using Make = Learner (*)(const LearnOptions& options, const StagedOptions& staged, const Classifiers& classifiers);

/// What stands after the colon of a name.
enum class After {
  kNothing,
  kGates,      ///< kinds of gates, as in chain:knn-tree; kNN where there is no colon
  kClassifier  ///< must be there
};

struct KnownPolicy {
  PolicyKind kind;
  Make make;
  After after = After::kNothing;
  StagedOptions staged{};
};

Learner MakeAuto(const LearnOptions& options, const StagedOptions&, const Classifiers&) {
  return [=](const Outcomes& t, Rows r) { return LearnByValidation(t, r, options); };
}

Learner MakeSingle(const LearnOptions& options, const StagedOptions&, const Classifiers&) {
  return [=](const Outcomes& t, Rows r) { return LearnSingle(t, r, options); };
}

Learner MakePRight(const LearnOptions& options, const StagedOptions&, const Classifiers&) {
  return WithSelectedFeatures(LearnPRight, options);
}

Learner MakeChain(const LearnOptions& options, const StagedOptions&, const Classifiers& gates) {
  const auto learn = [gates](const Outcomes& t, Rows r, const LearnOptions& o) { return LearnChain(t, r, o, gates); };
  return WithSelectedFeatures(learn, options);
}

Learner MakeMulticlass(const LearnOptions& options, const StagedOptions&, const Classifiers& classifiers) {
  const auto learn = [classifier = classifiers.front()](const Outcomes& t, Rows r, const LearnOptions& o) {
    return LearnMulticlass(t, r, o, classifier);
  };
  return WithSelectedFeatures(learn, options);
}

Learner MakeStaged(const LearnOptions& options, const StagedOptions& staged, const Classifiers&) {
  LearnOptions varied = options;
  varied.staged = staged;
  varied.staged.abstain_price = options.staged.abstain_price;
  return [=](const Outcomes& t, Rows r) { return LearnStaged(t, r, varied); };
}

constexpr StagedOptions Without(bool StagedOptions::* part) {
  StagedOptions staged;
  staged.*part = false;
  return staged;
}

/// A staged policy that is a plain cascade.
constexpr StagedOptions Plain(bool pooling, bool agreement) {
  StagedOptions staged;
  staged.gates = staged.free_order = staged.learned_heads = false;
  staged.pooling = pooling;
  staged.agreement = agreement;
  return staged;
}

/// `auto`, then the simplest first; the staged policy's ablations last.
constexpr std::array kPolicies{
    KnownPolicy{{"auto", "auto", false}, MakeAuto},
    KnownPolicy{{"single", "single-policy", false}, MakeSingle},
    KnownPolicy{{.name = "p-right", .row = "premodel", .reads_features = true}, MakePRight},
    KnownPolicy{{.name = "chain", .row = "premodel", .reads_features = true}, MakeChain, After::kGates},
    KnownPolicy{{.name = "multiclass", .row = "premodel", .reads_features = true}, MakeMulticlass, After::kClassifier},
    KnownPolicy{{.name = "staged", .row = "staged", .reads_confidences = true}, MakeStaged},
    KnownPolicy{{.name = "cascade", .row = "cascade", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Plain(false, false)},
    KnownPolicy{{.name = "agreement", .row = "cascade", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Plain(true, true)},
    KnownPolicy{{.name = "staged-no-pooling", .row = "staged", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Without(&StagedOptions::pooling)},
    KnownPolicy{{.name = "staged-no-features", .row = "staged", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Without(&StagedOptions::gates)},
    KnownPolicy{{.name = "staged-no-head", .row = "staged", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Without(&StagedOptions::learned_heads)},
    KnownPolicy{{.name = "staged-fixed-order", .row = "staged", .reads_confidences = true},
                MakeStaged,
                After::kNothing,
                Without(&StagedOptions::free_order)}};

/// "chain:knn-tree@dnn" in its parts.
struct NamedPolicy {
  explicit NamedPolicy(const std::string& name) {
    const std::size_t list = name.find('@');
    if (list != std::string::npos) features = name.substr(list + 1);
    const std::string policy = name.substr(0, list);
    const std::size_t colon = policy.find(':');
    const std::string kind = policy.substr(0, colon);
    const auto it =
        std::find_if(kPolicies.begin(), kPolicies.end(), [&](const KnownPolicy& one) { return one.kind.name == kind; });
    if (it == kPolicies.end() || (colon != std::string::npos && it->after == After::kNothing)) return;
    if (colon == std::string::npos) {
      if (it->after == After::kClassifier) return;
      if (it->after == After::kGates) classifiers = {"knn"};
    } else {
      static const std::vector<std::string> kGates{"knn", "tree", "svm"};
      const bool gates = it->after == After::kGates;
      classifiers = gates ? Split(policy.substr(colon + 1)) : std::vector<std::string>{policy.substr(colon + 1)};
      const std::vector<std::string>& known_classifiers = gates ? kGates : ClassifierNames();
      const auto is_known = [&](const std::string& one) {
        return std::count(known_classifiers.begin(), known_classifiers.end(), one) > 0;
      };
      if (!std::all_of(classifiers.begin(), classifiers.end(), is_known)) return;
    }
    known = &*it;
  }

  const KnownPolicy* known = nullptr;  ///< null: there is none of this name
  std::vector<std::string> classifiers;
  std::optional<std::string> features;

 private:
  static std::vector<std::string> Split(const std::string& gates) {
    std::vector<std::string> parts{""};
    for (const char c : gates) {
      if (c == '-') {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    return parts;
  }
};

}  // namespace

const std::vector<std::string>& PolicyNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KnownPolicy& one : kPolicies) {
      if (one.after != After::kClassifier) all.emplace_back(one.kind.name);
    }
    return all;
  }();
  return names;
}

const PolicyKind* FindPolicyKind(const std::string& name) {
  const std::string kind = name.substr(0, name.find_first_of(":@"));
  const auto it =
      std::find_if(kPolicies.begin(), kPolicies.end(), [&](const KnownPolicy& one) { return one.kind.name == kind; });
  return it == kPolicies.end() ? nullptr : &it->kind;
}

Status CheckPolicyName(const std::string& name) {
  const NamedPolicy named(name);
  const std::string policy = name.substr(0, name.find('@'));
  if (named.known == nullptr) {
    return UsageError("there is no policy `" + policy + "`; `amsel train --help` lists them");
  }
  if (!named.features) return {};
  if (!named.known->kind.reads_features) {
    return UsageError("policy `" + policy + "` takes no list of features: only premodels (p-right, chain, " +
                      "multiclass) do, as in `p-right@paper`");
  }
  AMSEL_RETURN_IF_ERROR(ExpandFeatureNames({*named.features}));
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
  const NamedPolicy named(name);
  const LearnOptions own = OptionsOf(name, options);
  Classifiers classifiers;
  ClassifierOptions classifier_options = own.classifiers;
  classifier_options.seed = own.seed;
  for (const std::string& classifier : named.classifiers) {
    AMSEL_ASSIGN_OR_RETURN(ClassifierLearner learner, MakeClassifierLearner(classifier, classifier_options));
    classifiers.push_back(std::move(learner));
  }
  const Learner learner = named.known->make(own, named.known->staged, classifiers);
  return Learner([=](const Outcomes& table, Rows rows) {
    try {
      return learner(table, rows);
    } catch (const std::exception& fault) {  // of a library that learns; which policy it was is known here alone
      throw std::runtime_error("policy `" + name + "` cannot be learned: " + fault.what());
    }
  });
}

Status CheckFeaturesOf(const Outcomes& table, const LearnOptions& options) {
  std::vector<std::string> wanted = options.features;
  wanted.insert(wanted.end(), options.selection.from.begin(), options.selection.from.end());
  const std::size_t of_dnn = table.DnnFeatures().size();
  std::vector<std::string> extracted;
  for (const std::string& name : wanted) {
    const bool any = name == kDnnFeatures;
    const std::optional<int> value = DnnValueOf(name);
    if (!any && !value) {
      extracted.push_back(name);
    } else if (of_dnn == 0) {
      return BadInput(table.source + ": has no features of a DNN (`" + name +
                      "`); record them with amsel profile --resume --feature-dnn FILE");
    } else if (!any && static_cast<std::size_t>(*value) >= of_dnn) {
      return BadInput(table.source + ": lacks the feature `" + name + "`; its feature DNN gives " +
                      std::to_string(of_dnn) + " values");
    }
  }
  AMSEL_RETURN_IF_ERROR(FeatureExtractor::Create(extracted));
  for (const std::string& name : extracted) {
    if (std::count(table.feature_names.begin(), table.feature_names.end(), name) == 0) {
      return BadInput(table.source + ": lacks the feature `" + name + "`; add it with amsel profile --resume");
    }
  }
  return {};
}

Status CheckPolicyFor(const Outcomes& table, const std::string& policy, const LearnOptions& options) {
  AMSEL_RETURN_IF_ERROR(MakeLearner(policy, options));
  if (table.HasOutputs()) return CheckFeaturesOf(table, OptionsOf(policy, options));
  const KnownPolicy& known = *NamedPolicy(policy).known;
  const auto refuse = [&](const std::string& lacking) {
    return BadInput(table.source + ": " + lacking + ", which policy `" + policy + "` needs");
  };
  if (known.kind.reads_features && table.feature_names.empty()) return refuse("has no image features");
  if (known.staged.agreement) return refuse("does not say what the candidates answered");
  if (known.kind.reads_confidences && !table.HasConfidences())
    return refuse("does not say how sure the candidates were");
  return {};
}

Status CheckLearnable(const Outcomes& table, Rows rows, int folds, const LearnOptions& options) {
  const auto refuse = [&](const std::string& what) { return BadInput(table.source + ": " + what); };
  if (table.candidate_count() < 2) return refuse("has one candidate; there is nothing to choose among");
  if (table.candidate_count() > kMaxCandidates) return refuse("has more than 64 candidates");
  std::set<int> classes;
  std::set<int> groups;
  double weight = 0;
  for (const std::size_t i : rows) {
    classes.insert(table.images[i].label);
    groups.insert(table.groups[i]);
    weight += table.images[i].weight;
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
  if (table.HasOutputs() && classes.size() < 2)
    return refuse("has images of one class only; there is nothing to learn");
  if (weight <= 0) return refuse("has images of weight 0 only");
  if (!table.HasOutputs()) return {};
  if (table.feature_code_version != kFeatureCodeVersion) {
    return refuse("has features of version " + std::to_string(table.feature_code_version) + ", this amsel needs " +
                  std::to_string(kFeatureCodeVersion) + "; profile the images anew");
  }
  return CheckFeaturesOf(table, options);
}

}  // namespace amsel
