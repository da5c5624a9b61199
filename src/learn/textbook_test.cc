// The cascade written by hand, worked out by hand on four images, and against trying everything.
#include "learn/textbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backend/canonical.h"
#include "base/random.h"
#include "learn/premodels.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::ElementsAre;

constexpr std::size_t kCheap = 0;
constexpr std::size_t kDear = 1;

/// Candidate c answers image i with these probabilities.
void Answer(Outcomes& outcomes, std::size_t c, std::size_t i, const std::vector<double>& probabilities) {
  std::vector<float> answer;
  for (const double p : probabilities) answer.push_back(static_cast<float>(std::log(p)));
  const std::size_t at = c * outcomes.image_count() + i;
  for (std::size_t k = 0; k < answer.size(); ++k) outcomes.log_probs[at * answer.size() + k] = ToHalf(answer[k]);
  outcomes.ranks[at] = static_cast<std::uint16_t>(RankOf(answer, outcomes.images[i].label));
  outcomes.top_classes[at] = TopClass(answer);
}

/// As a table has it: no answer is the uniform distribution.
void Fail(Outcomes& outcomes, std::size_t c, std::size_t i) {
  const auto classes = static_cast<std::size_t>(outcomes.classes());
  Answer(outcomes, c, i, std::vector<double>(classes, 1.0 / static_cast<double>(classes)));
  outcomes.ranks[c * outcomes.image_count() + i] = Outcomes::kNoRank;
  outcomes.top_classes[c * outcomes.image_count() + i] = -1;
}

/// `cheap` (1 ms) and `dear` (4 ms) answer images of class 0 of two; given is the probability of class 0.
Outcomes TwoOn(const std::vector<double>& cheap, const std::vector<double>& dear) {
  const auto right = [](std::size_t) { return 0; };
  Outcomes outcomes = MadeUpOutcomes(cheap.size(), 2).Add("cheap", 1, right).Add("dear", 4, right).made();
  for (std::size_t i = 0; i < cheap.size(); ++i) {
    outcomes.images[i].label = 0;
    Answer(outcomes, kCheap, i, {cheap[i], 1 - cheap[i]});
    Answer(outcomes, kDear, i, {dear[i], 1 - dear[i]});
  }
  return outcomes;
}

/// `cheap` has margins 0.9, 0.6, 0.1 and 0.4 and is right on images 0 and 1, `dear` on 0, 2 and 3, together they are on
/// 0 and 2 (0.45 × 0.9 > 0.55 × 0.1, but 0.8 × 0.1 < 0.2 × 0.9 and 0.3 × 0.6 < 0.7 × 0.4). So `cheap` first, with
///   nobody sure: 2 right in 5 ms; image 0: 2 in 4 ms; 0 and 1: 3 in 3 ms; 0, 1 and 3: 3 in 2 ms; all: 2 in 1 ms,
/// and `dear` first is right on 3 alone, in 4 ms, and on 2 with any less sureness.
Outcomes FourImages() {
  return TwoOn({0.95, 0.8, 0.45, 0.3}, {0.6, 0.1, 0.9, 0.6});
}

TEST(Textbook, IsTheMostAccurateWithinTheTimeAndOfEqualsTheCheapest) {
  const Outcomes outcomes = FourImages();
  const std::vector<std::size_t> rows = AllRows(outcomes);
  const Textbook textbook(outcomes);
  for (const double most_ms : {5.0, 2.0}) {
    const TextbookCascade chosen = textbook.Choose(rows, {most_ms});
    EXPECT_EQ(chosen.first, kCheap);
    EXPECT_EQ(chosen.second, kDear);
    EXPECT_NEAR(chosen.least_margin, 0.25, 1e-3);  // the middle of 0.1 and 0.4
  }
  EXPECT_EQ(textbook.Choose(rows, {1.99}), (TextbookCascade{kCheap, kDear, 0}));
  EXPECT_EQ(textbook.Choose(rows, {0.5}), (TextbookCascade{kCheap, kCheap, 0})) << "nothing takes so little time";
}

TEST(Textbook, PaysForTimeWhatItIsWorth) {
  const Outcomes outcomes = FourImages();
  const Textbook textbook(outcomes);
  const auto chosen = [&](double price) { return textbook.Choose(AllRows(outcomes), {.price_per_ms = price}); };
  EXPECT_NEAR(chosen(0.24).least_margin, 0.25, 1e-3) << "a quarter more right for 1 ms";
  EXPECT_EQ(chosen(0.26), (TextbookCascade{kCheap, kDear, 0}));
}

TEST(Textbook, OfOneCandidateIsThatAlone) {
  Outcomes one = WithCandidates(FourImages(), std::vector<std::size_t>{kDear});
  Fail(one, 0, 2);
  const Textbook textbook(one);
  const TextbookCascade chosen = textbook.Choose(AllRows(one), {});
  EXPECT_EQ(chosen, (TextbookCascade{0, 0, 0}));
  EXPECT_THAT(textbook.Run(chosen, 0).path, ElementsAre(0));
  EXPECT_EQ(textbook.Run(chosen, 2).rank, kNoAnswer);
}

TEST(Textbook, CountsImagesByTheirWeightAndLooksAtItsRowsAlone) {
  Outcomes outcomes = FourImages();
  outcomes.images[3].weight = 10;  // where only `dear` alone is right
  const Textbook textbook(outcomes);
  EXPECT_EQ(textbook.Choose(AllRows(outcomes), {4}), (TextbookCascade{kDear, kCheap, 0}));
  EXPECT_EQ(textbook.Choose(std::vector<std::size_t>{0, 1}, {5}), (TextbookCascade{kCheap, kDear, 0}));
}

TEST(Textbook, StopsWhereTheMarginIsReachedAndElsePools) {
  const Outcomes outcomes = FourImages();
  const Textbook textbook(outcomes);
  std::vector<int> classes;
  std::vector<double> times;
  for (std::size_t i = 0; i < 4; ++i) {
    const SimulatedRun run = textbook.Run({kCheap, kDear, 0.25F}, i);
    classes.push_back(run.predicted);
    times.push_back(run.latency_ms);
    EXPECT_EQ(run.rank, run.predicted);  // of two classes, the label being 0
    EXPECT_TRUE(run.begins_warm);
  }
  EXPECT_THAT(classes, ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(times, ElementsAre(1, 1, 5, 1));
  const double a = std::sqrt(0.45 * 0.9);
  const double b = std::sqrt(0.55 * 0.1);
  EXPECT_NEAR(textbook.Run({kCheap, kDear, 0.25F}, 2).probability, a / (a + b), 1e-3);
}

TEST(Textbook, GoesOnWhereTheFirstFailedAndAnswersByWhoeverAnswered) {
  Outcomes outcomes = FourImages();
  Fail(outcomes, kCheap, 0);
  Fail(outcomes, kDear, 1);
  Fail(outcomes, kCheap, 3);
  Fail(outcomes, kDear, 3);
  const Textbook textbook(outcomes);
  const SimulatedRun second = textbook.Run({kCheap, kDear, 0}, 0);
  EXPECT_THAT(second.path, ElementsAre(kCheap, kDear));
  EXPECT_EQ(second.rank, 0);
  const SimulatedRun first = textbook.Run({kCheap, kDear, 2}, 1);
  EXPECT_THAT(first.path, ElementsAre(kCheap, kDear));
  EXPECT_EQ(first.predicted, 0);
  EXPECT_EQ(textbook.Run({kCheap, kDear, 0.5F}, 3).rank, kNoAnswer);
  EXPECT_EQ(textbook.Run({kCheap, kDear, 0.5F}, 3).predicted, -1);
}

/// The slow way: every pair with every threshold, each image played.
double MostRight(const Outcomes& outcomes, const Textbook& textbook, Rows rows, double most_ms) {
  double best = -1;
  for (std::size_t first = 0; first < outcomes.candidate_count(); ++first) {
    std::vector<float> thresholds = outcomes.MarginsOf(first, rows);
    thresholds.insert(thresholds.end(), {0, 2});
    for (std::size_t second = 0; second < outcomes.candidate_count(); ++second) {
      for (const float threshold : thresholds) {
        if (second == first) continue;
        double right = 0;
        double weight = 0;
        double ms = 0;
        for (const std::size_t i : rows) {
          const SimulatedRun run = textbook.Run({first, second, threshold}, i);
          right += run.rank == 0 ? outcomes.images[i].weight : 0;
          ms += outcomes.images[i].weight * outcomes.MeanPathMs(run.path);
          weight += outcomes.images[i].weight;
        }
        if (ms / weight <= most_ms + 1e-9) best = std::max(best, right);
      }
    }
  }
  return best;
}

TEST(Textbook, FindsWhatTryingEverythingFinds) {
  Random random(3);
  const auto right = [](std::size_t) { return 0; };
  Outcomes outcomes = MadeUpOutcomes(70, 3).Add("a", 1, right).Add("b", 2, right).Add("c", 5, right).made();
  outcomes.candidates[1].input = outcomes.candidates[0].input;
  outcomes.mean_preprocess_ms = {0.5, 0.5, 0.7};
  outcomes.after_factors = {1.5, 1.2, 1};
  for (std::size_t i = 0; i < outcomes.image_count(); ++i) {
    outcomes.images[i].weight = static_cast<double>(1 + random.Below(3));
    for (std::size_t c = 0; c < 3; ++c) {
      if (random.Below(12) == 0) {
        Fail(outcomes, c, i);
        continue;
      }
      const double p = 0.1 + 0.1 * static_cast<double>(random.Below(7));  // coarse: margins are often alike
      Answer(outcomes, c, i, {p, (1 - p) * 0.6, (1 - p) * 0.4});
    }
  }
  const Textbook textbook(outcomes);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < outcomes.image_count(); i += 2) rows.push_back(i);
  EXPECT_EQ(MostRight(outcomes, textbook, rows, 1.6), -1);  // where `a` fails, another runs, too
  EXPECT_EQ(textbook.Choose(rows, {1.6}), (TextbookCascade{0, 0, 0}));
  for (const double most_ms : {2.5, 3.5, 5.0, 6.5, 20.0}) {
    const TextbookCascade chosen = textbook.Choose(rows, {most_ms});
    double found = 0;
    for (const std::size_t i : rows) found += textbook.Run(chosen, i).rank == 0 ? outcomes.images[i].weight : 0;
    EXPECT_EQ(found, MostRight(outcomes, textbook, rows, most_ms)) << most_ms;
  }
}

TEST(PlayTextbook, ChoosesOnEachTrainingPartWithinThePlannedTime) {
  // On images 4 to 7 `cheap` alone is right on all; its margin on the last is 0.1.
  const Outcomes outcomes =
      TwoOn({0.95, 0.8, 0.45, 0.3, 0.95, 0.95, 0.95, 0.55}, {0.6, 0.1, 0.9, 0.6, 0.9, 0.9, 0.9, 0.4});
  const std::vector<std::size_t> rows = AllRows(outcomes);
  SimulatedRun planned;
  planned.latency_ms = 2;
  LearnedPolicy learned = LearnSingle(outcomes, rows, {});
  learned.cross_fitted = {std::vector<SimulatedRun>(4, planned)};
  CrossValidation validation{{0, 0, 0, 0, 1, 1, 1, 1}, {{"default", {}, {}}}, {learned, learned}};
  const std::vector<PointValidation> played = PlayTextbook(outcomes, rows, validation);
  ASSERT_EQ(played.size(), 1U);
  EXPECT_EQ(played[0].name, "default");
  std::vector<double> times;
  std::vector<int> classes;
  for (const SimulatedRun& run : played[0].runs) {
    times.push_back(run.latency_ms);
    classes.push_back(run.predicted);
  }
  EXPECT_THAT(times, ElementsAre(1, 1, 1, 1, 1, 1, 1, 5));
  EXPECT_THAT(classes, ElementsAre(0, 0, 1, 1, 0, 0, 0, 1));  // 0.55 × 0.4 < 0.45 × 0.6
  Outcomes calibrated = outcomes;  // image 3 fits alone, and has no part in planning and choosing
  calibrated.images[3].fit_only = true;
  LearnedPolicy three = learned;
  three.cross_fitted = {std::vector<SimulatedRun>(3, planned)};
  CrossValidation beside{{0, 0, 0, 1, 1, 1, 1}, {{"default", {}, {}}}, {learned, three}};
  const std::vector<std::size_t> judged{0, 1, 2, 4, 5, 6, 7};
  const PointValidation without = PlayTextbook(calibrated, judged, beside, std::vector<std::size_t>{3})[0];
  ASSERT_EQ(without.runs.size(), 7U);
  EXPECT_EQ(without.runs.back().latency_ms, 1);  // pooling image 2 alone would take 7 / 3 ms
  learned.cross_fitted = {};                     // then by playing the training part: `cheap` or `dear` alone
  validation.learned = {learned, learned};
  EXPECT_EQ(PlayTextbook(outcomes, rows, validation)[0].runs.size(), 8U);
}

}  // namespace
}  // namespace amsel
