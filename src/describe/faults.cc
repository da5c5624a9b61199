#include "describe/faults.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/status_macros.h"
#include "describe/families.h"
#include "image/preprocess.h"
#include "stats/exact.h"

namespace amsel {
namespace {

/// How often answers would be right that know nothing of the image, but keep their shares.
double Chance(const std::vector<Score>& scores, const std::vector<int>& labels) {
  std::map<int, double> answers;
  std::map<int, double> truths;
  const auto each = 1 / static_cast<double>(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    answers[scores[i].answer] += each;
    truths[labels[i]] += each;
  }
  double chance = 0;
  for (const auto& [answer, share] : answers) {
    const auto truth = truths.find(answer);
    if (truth != truths.end()) chance += share * truth->second;
  }
  return chance;
}

}  // namespace

Result<std::vector<std::string>> FaultsOf(Trial& trial, const Preprocess& reading, std::size_t map) {
  constexpr double kLevel = 0.01;
  const Samples& samples = trial.samples();
  AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> tried, trial.Try({reading}, samples.size()));
  const OutputFacts& facts = tried.front()->facts;
  std::vector<std::string> faults;
  if (const Befallen& failed = tried.front()->failed; failed.count > 0) {
    faults.push_back(fmt::format("fails on {} of {} images, first on {}: {}", failed.count, samples.size(),
                                 samples.key(failed.first), tried.front()->failure));
  }
  if (const Befallen& wrong = tried.front()->not_finite; wrong.count > 0) {
    faults.push_back(fmt::format("gives values that are no numbers (NaN or infinite) on {} of {} images, first on {}",
                                 wrong.count, samples.size(), samples.key(wrong.first)));
  }
  if (facts.rows() == 0) return faults;
  const std::vector<Score>& scores = tried.front()->scores[map];
  const auto right = static_cast<std::int64_t>(
      std::count_if(scores.begin(), scores.end(), [](const Score& score) { return score.right; }));
  const auto count = static_cast<std::int64_t>(scores.size());
  if (facts.constant()) {
    faults.emplace_back("answers the same to every image");
  } else if (const double chance = Chance(scores, samples.labels());
             BinomialAtLeast(right, count, chance) > kLevel && BinomialAtLeast(count, count, chance) <= kLevel) {
    faults.push_back(fmt::format("answers no better than chance: {} of {} images right, {:.1f} by chance", right, count,
                                 chance * static_cast<double>(count)));
  }
  AMSEL_ASSIGN_OR_RETURN(const bool agree, trial.BatchesAgree(reading));
  if (!agree) {
    faults.emplace_back(
        "answers two images in one batch unlike the two alone (is a softmax over the batch in the file?)");
  }
  return faults;
}

int MinSideToTry(const std::vector<Preprocess>& inputs) {
  std::vector<Preprocess> all = inputs;
  for (const Preprocess& input : inputs) {
    for (const Preprocess& one : Usual(Aspect::kFit, input)) all.push_back(one);
  }
  return DecodeMinSide(all);
}

}  // namespace amsel
