// Evaluation by cross-validation: within each outer fold everything is learned and chosen anew.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "evaluate/results.h"
#include "learn/cross_validate.h"
#include "learn/options.h"
#include "meter/power_model.h"
#include "profile/table.h"

namespace amsel {

struct CrossValidateOptions {
  LearnOptions learn;
  std::vector<std::string> policies{"staged", "p-right", "chain"};
  int folds = 10;
  bool adapted = true;                    ///< also every single with a head of its own
  std::optional<PowerModel> power_model;  ///< estimates energy where the profile has none
  std::function<void(std::size_t done, std::size_t total)> progress;
  /// Told what each policy did, adapted singles included, once it is cross-validated.
  std::function<void(const std::string& policy, const CrossValidation& validation)> observe{};
};

/// Whether a table, of which the answers need not be there yet, suffices for the two below.
Status CheckEvaluable(const Outcomes& table, const CrossValidateOptions& options);

/// On a profile: latencies are the recorded ones, decisions are clocked.
Result<Evaluation> CrossValidatePolicies(const ProfileTable& table, const CrossValidateOptions& options,
                                         const Clock& clock);
Result<Evaluation> CrossValidatePolicies(const ProfileTable& table, const CrossValidateOptions& options) = delete;

/// On a table of the user's own. Nothing is clocked, since the table's times may be of any unit. Where answers are the
/// candidates' own no single is adapted: a head of its own would change no answer.
Result<Evaluation> CrossValidatePolicies(const Outcomes& table, const CrossValidateOptions& options);

}  // namespace amsel
