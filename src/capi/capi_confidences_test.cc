// A bundle that knows no classes, from C.
#include <gtest/gtest.h>

#include "capi/calls_from_c.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

TEST(CApiConfidences, TellWhoseAnswerCountsAndHowLikelyItIsRight) {
  const TwoCandidates world("capi_confidences", TwoCandidates::OwnAnswers);
  amsel_engine* engine = nullptr;
  ASSERT_EQ(amsel_engine_open(world.path().c_str(), nullptr, &engine), AMSEL_OK) << amsel_last_error();
  EXPECT_STREQ(DecideByConfidencesFromC(engine), nullptr);
  amsel_engine_close(engine);
}

}  // namespace
}  // namespace amsel
