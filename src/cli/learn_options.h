// Flags of everything that learns.
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

/// Adds a flag for each option that is declared to it (learn/options.h).
struct OptionFlags {
  CLI::App& verb;

  template <typename T>
  void operator()(const char* name, T& value, AnyWhole /*allowed*/, const char* help) const {
    verb.add_option(Flag(name), value, help)->capture_default_str();
  }

  template <typename T>
  void operator()(const char* name, T& value, const Within<T>& allowed, const char* help) const {
    verb.add_option(Flag(name), value, help)->check(CLI::Range(allowed.least, allowed.most))->capture_default_str();
  }

  template <typename T>
  void operator()(const char* name, T& value, const OneOf<T>& allowed, const char* help) const {
    verb.add_option(Flag(name), value, help)->check(CLI::IsMember(allowed.values))->capture_default_str();
  }

  template <typename T>
  void operator()(const char* name, T& value, const Named<T>& allowed, const char* help) const {
    std::vector<std::string> names;
    for (const auto& [one, meant] : allowed.values) names.push_back(one);
    const auto take = [&value, allowed](const std::string& given) {
      for (const auto& [one, meant] : allowed.values) {
        if (one == given) value = meant;
      }
    };
    verb.add_option_function<std::string>(Flag(name), take, help)->check(CLI::IsMember(names));
  }

  void operator()(const char* name, std::vector<std::string>& value, const FeatureList& allowed,
                  const char* help) const {
    const auto take = [&value](const std::vector<std::string>& given) {  // learning refuses names that there are not
      const auto expanded = ExpandFeatureNames(given);
      value = expanded.ok() ? *expanded : given;
    };
    CLI::Option* option = verb.add_option_function<std::vector<std::string>>(Flag(name), take, help)->delimiter(',');
    if (!allowed.standard.empty()) option->default_str(allowed.standard);
  }

  static std::string Flag(const char* name) { return std::string("--") + name; }
};

inline void AddLearnOptions(CLI::App& verb, LearnOptions& options) {
  DeclareLearnOptions(options, OptionFlags{verb});
}

}  // namespace amsel
