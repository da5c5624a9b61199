// Which candidates are kept where there are too many: worked out by hand.
#include "learn/most_adding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "learn/slots.h"
#include "tests/support/made_up_outcomes.h"
#include "tests/support/own_outcomes.h"

namespace amsel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using Names = std::vector<std::string>;

constexpr int kMany = 30;

/// How probable candidates find the true class of two, image by image.
using TrueClass = std::function<double(std::size_t i)>;

/// Right and sure but on images 7, 17 …, where it is wrong and unsure.
double Large(std::size_t i) {
  return i % 10 == 7 ? 0.4 : 0.9;
}

/// Likewise on images 3, 13 …: the two together are always right.
double Other(std::size_t i) {
  return i % 10 == 3 ? 0.4 : 0.9;
}

/// Right and sure but on every fourth image, wrong and unsure, and on images 7, 17 …, wrong and sure: 65 %. Going on to
/// `large` where it is unsure gives the 90 % of `large` in 1 + 4 / 4 instead of 4.
double Small(std::size_t i) {
  return i % 10 == 7 ? 0.05 : i % 4 == 0 ? 0.45 : 0.95;
}

/// Right on every second image and always as sure: it costs least, and is of no use.
double Poor(std::size_t i) {
  return i % 2 == 0 ? 0.6 : 0.4;
}

class Crowd {
 public:
  Crowd& Add(const std::string& name, double ms, const TrueClass& probability) {
    made_.Add(name, ms, [&](std::size_t i) { return probability(i) > 0.5 ? 0 : 1; });
    answers_.push_back(probability);
    return *this;
  }
  Crowd& AddMany(const std::string& name, double ms, const TrueClass& probability) {
    for (int n = 0; n < kMany; ++n) Add(name + std::to_string(10 + n), ms, probability);
    return *this;
  }

  Outcomes Table() const {
    Outcomes outcomes = made_.made();
    for (std::size_t c = 0; c < answers_.size(); ++c) {
      for (std::size_t i = 0; i < outcomes.image_count(); ++i) {
        const std::size_t at = 2 * (c * outcomes.image_count() + i);
        const auto label = static_cast<std::size_t>(outcomes.images[i].label);
        outcomes.log_probs[at + label] = ToHalf(static_cast<float>(std::log(answers_[c](i))));
        outcomes.log_probs[at + 1 - label] = ToHalf(static_cast<float>(std::log(1 - answers_[c](i))));
      }
    }
    return outcomes;
  }

 private:
  MadeUpOutcomes made_{400, 2};
  std::vector<TrueClass> answers_;
};

Names NamesOf(const Outcomes& outcomes, const std::vector<std::size_t>& candidates) {
  Names names;
  for (const std::size_t c : candidates) names.push_back(outcomes.candidates[c].name);
  return names;
}

Names Kept(const Outcomes& outcomes, std::size_t most) {
  return NamesOf(outcomes, StageCandidates(outcomes, AllRows(outcomes), 1, most, true));
}

TEST(MostAdding, CopiesOfTheMostAccuratePushOutNeitherTheCheapNorTheIndependent) {
  const Outcomes outcomes = Crowd()
                                .Add("large", 4, Large)
                                .AddMany("large", 4, Large)
                                .Add("other", 4, Other)
                                .Add("poor", 0.5, Poor)
                                .Add("small", 1, Small)
                                .Table();
  EXPECT_THAT(Kept(outcomes, 4), ElementsAre("poor", "small", "large", "other"));
}

TEST(MostAdding, OfEqualOnesTheEarlierIsKeptAndWhatIsLeftGoesToTheMostAccurate) {
  const auto worse = [](std::size_t i) { return i % 20 == 1 ? 0.1 : Large(i); };  // and never right where large is not
  const Outcomes outcomes =
      Crowd().Add("large", 4, Large).AddMany("small", 1, Small).Add("worse", 4, worse).Add("poor", 0.5, Poor).Table();
  EXPECT_THAT(Kept(outcomes, 3), ElementsAre("poor", "small10", "large"));
  EXPECT_THAT(Kept(outcomes, 4), ElementsAre("poor", "small10", "large", "worse"));  // of 85 %, where small has 65
}

TEST(MostAdding, LooksAtItsRowsAlone) {
  const auto elsewhere = [](std::size_t i) { return i < 200 ? Large(i) : 0.95; };
  const Outcomes outcomes = Crowd()
                                .Add("elsewhere", 4.5, elsewhere)
                                .Add("large", 4, Large)
                                .Add("poor", 0.5, Poor)
                                .Add("small", 1, Small)
                                .Table();
  std::vector<std::size_t> rows = AllRows(outcomes);
  EXPECT_THAT(NamesOf(outcomes, MostAdding(outcomes, rows, {2, 3, 1, 0}, 1, 3)), Contains("elsewhere"));
  rows.resize(200);
  EXPECT_THAT(NamesOf(outcomes, MostAdding(outcomes, rows, {2, 3, 1, 0}, 1, 3)), ElementsAre("poor", "small", "large"));
}

TEST(MostAdding, WhereAllFitAllAreKept) {
  const Outcomes outcomes = Crowd().AddMany("large", 4, Large).Add("poor", 0.5, Poor).Table();
  EXPECT_EQ(Kept(outcomes, kMany + 1).size(), kMany + 1);
}

TEST(MostAdding, KeepsTheSingleBestThoughADerivedOneIsBetterAndCheaper) {
  Outcomes outcomes = Crowd()
                          .Add("large", 4, Large)
                          .AddMany("twin", 2, [](std::size_t i) { return i % 50 == 7 ? 0.4 : 0.9; })
                          .Add("poor", 0.5, Poor)
                          .Table();
  for (OutcomeCandidate& candidate : outcomes.candidates) candidate.derived = candidate.name.starts_with("twin");
  EXPECT_THAT(Kept(outcomes, 3), ElementsAre("poor", "twin10", "large"));
}

TEST(MostAdding, ATableOfOnesOwnNeedsNoOutputs) {
  const Outcomes outcomes = WithCandidates(OwnOutcomes().Table(), std::vector<std::size_t>{0, 0, 0, 1});
  EXPECT_THAT(MostAdding(outcomes, AllRows(outcomes), {0, 1, 2, 3}, 1, 2), ElementsAre(0, 3));  // small and large
}

}  // namespace
}  // namespace amsel
