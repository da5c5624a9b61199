#include "doctor/try_views.h"

#include <gtest/gtest.h>

#include "learn/search_space.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

/// A large DNN that is right on 80 of 100, and views of it: one that is right where it is not and sure of it, one that
/// says the same at the same price, one that says the same in a quarter of the time.
Outcomes LargeAndItsViews() {
  MadeUpOutcomes made(300, 2);
  const auto large = [](std::size_t i) { return i % 5 == 0 ? 1 : 0; };
  made.Add("large", 8, large, 0.7);
  made.Add("large@hflip", 8, [](std::size_t) { return 0; }, 0.9);
  made.Add("large@denoise", 8, large, 0.7);
  made.Add("large@size:16", 2, large, 0.7);
  Outcomes outcomes = made.made();
  for (std::size_t c = 1; c < outcomes.candidate_count(); ++c) outcomes.candidates[c].derived = true;
  return outcomes;
}

TEST(TryKinds, KeepsWhatIsMoreAccurateOrFasterAndNothingElse) {
  const Outcomes outcomes = LargeAndItsViews();
  const auto tried = TryKinds(outcomes, {0}, {{"hflip", {1}}, {"denoise", {2}}, {"size:auto", {3}}}, 1);
  ASSERT_EQ(tried.size(), 3U);
  EXPECT_EQ(tried[0].name, "hflip");
  EXPECT_TRUE(tried[0].pays);
  EXPECT_NEAR(tried[0].worth, 0.2, 1e-9) << "at any price, since it is as cheap";
  EXPECT_FALSE(tried[1].pays);
  EXPECT_EQ(tried[1].worth, 0);
  EXPECT_TRUE(tried[2].pays);
  double saved = 0;  // three quarters of the large one's time
  for (int p = 0; p < kLowPrices; ++p) saved += PriceAt(8, p, kFewPrices) * 6 / kLowPrices;
  EXPECT_NEAR(tried[2].worth, saved, 1e-9);
}

TEST(WithCandidates, KeepsWhatTheyDidAndDropsTheOthers) {
  const Outcomes all = LargeAndItsViews();
  const std::vector<std::size_t> kept{3, 0};
  const Outcomes part = WithCandidates(all, kept);
  ASSERT_EQ(part.candidate_count(), 2U);
  EXPECT_EQ(part.image_count(), all.image_count());
  EXPECT_EQ(part.candidates[0].name, "large@size:16");
  for (const std::size_t i : {0U, 1U, 299U}) {
    for (const std::size_t c : {0U, 1U}) {
      EXPECT_EQ(part.Rank(c, i), all.Rank(kept[c], i));
      EXPECT_EQ(part.InferenceMs(c, i), all.InferenceMs(kept[c], i));
      std::vector<float> own(2);
      std::vector<float> other(2);
      part.LogProbsOf(c, i, own);
      all.LogProbsOf(kept[c], i, other);
      EXPECT_EQ(own, other);
    }
  }
}

}  // namespace
}  // namespace amsel
