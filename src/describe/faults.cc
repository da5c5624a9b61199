#include "describe/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/status_macros.h"
#include "describe/families.h"
#include "describe/label_order.h"
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

/// What the answers say of the labels, or that they say nothing; empty where nothing is wrong.
std::string FaultOfAnswers(const std::vector<Score>& scores, const std::vector<int>& labels,
                           const std::vector<std::string>& classes) {
  constexpr double kLevel = 0.01;
  constexpr std::size_t kMostNamed = 12;
  const auto right = std::count_if(scores.begin(), scores.end(), [](const Score& score) { return score.right; });
  const auto count = static_cast<std::int64_t>(scores.size());
  if (const LabelOrder order = BetterOrder(scores, labels, static_cast<int>(classes.size())); order.right > 0) {
    std::vector<std::string> named;
    for (std::size_t c = 0; c < order.class_of.size(); ++c) {
      const int meant = order.class_of[c];
      if (meant >= 0 && meant != static_cast<int>(c)) {
        named.push_back("`" + classes[static_cast<std::size_t>(meant)] + "` in the place of `" + classes[c] + "`");
      }
    }
    const bool all = named.size() <= kMostNamed;
    if (!all) named.resize(kMostNamed);
    return fmt::format(
        "its outputs stand for the classes in another order than the labels: {} of {} images would be right, not {}, "
        "with {}{}; give labels in the order of its outputs",
        order.right, count, right, fmt::join(named, ", "), all ? "" : ", ...");
  }
  const double chance = Chance(scores, labels);
  if (BinomialAtLeast(right, count, chance) <= kLevel || BinomialAtLeast(count, count, chance) > kLevel) return "";
  return fmt::format("answers no better than chance: {} of {} images right, {:.1f} by chance", right, count,
                     chance * static_cast<double>(count));
}

}  // namespace

Result<std::vector<std::string>> FaultsOf(Trial& trial, const Preprocess& reading, std::size_t map,
                                          const std::vector<std::string>& classes) {
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
  if (facts.constant()) {
    faults.emplace_back("answers the same to every image");
  } else if (std::string fault = FaultOfAnswers(tried.front()->scores[map], samples.labels(), classes);
             !fault.empty()) {
    faults.push_back(std::move(fault));
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
