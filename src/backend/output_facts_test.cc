#include "backend/output_facts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace amsel {
namespace {

OutputFacts Of(const std::vector<std::vector<float>>& rows, double quantum = 0) {
  OutputFacts facts(quantum);
  for (const auto& row : rows) facts.Add(row);
  return facts;
}

TEST(OutputFacts, ProbabilitiesSumToOneOnEveryImage) {
  EXPECT_TRUE(Of({{0.2F, 0.8F}, {0.5F, 0.5F}}).are_probabilities());
  EXPECT_FALSE(Of({{0.2F, 0.8F}, {0.5F, 0.9F}}).are_probabilities());
  EXPECT_FALSE(Of({{-0.5F, 1.5F}}).are_probabilities());
  EXPECT_EQ(Of({{0.2F, 0.8F}}).Kind(), OutputKind::kProbabilities);
}

TEST(OutputFacts, ValuesInZeroToOneThatSumToSomethingElseTellNothing) {
  EXPECT_FALSE(Of({{0.2F, 0.1F}}).Kind().has_value());
}

TEST(OutputFacts, StepsOfQuantisedOutputsAreAllowedFor) {
  const std::vector<float> row(102, 2 / 256.0F);  // sum 0.8
  EXPECT_FALSE(Of({row}).are_probabilities());
  EXPECT_TRUE(Of({row}, 1 / 256.0).are_probabilities());
}

TEST(OutputFacts, LogarithmsOfProbabilitiesAreLogits) {
  const OutputFacts facts = Of({{std::log(0.2F), std::log(0.8F)}});
  EXPECT_TRUE(facts.are_log_probabilities());
  EXPECT_EQ(facts.Kind(), OutputKind::kLogits);
}

TEST(OutputFacts, OneValueIsASigmoidsOrLogOdds) {
  EXPECT_EQ(Of({{0.1F}, {0.9F}}).Kind(), OutputKind::kSigmoid);
  EXPECT_EQ(Of({{0.1F}, {-3.0F}}).Kind(), OutputKind::kLogits);
}

TEST(OutputFacts, NaNIsCountedAndItsFirstRowKept) {
  const OutputFacts facts = Of({{1, 2}, {NAN, 0}, {INFINITY, 0}});
  EXPECT_EQ(facts.rows(), 1);
  EXPECT_EQ(facts.not_finite(), 2);
  EXPECT_FALSE(Of({{NAN, NAN}}).Kind().has_value());
}

TEST(OutputFacts, TheSameAnswerToAllIsConstant) {
  EXPECT_TRUE(Of({{1, 2}, {1, 2}}).constant());
  EXPECT_FALSE(Of({{1, 2}, {1, 2.1F}}).constant());
  EXPECT_FALSE(Of({{1, 2}}).constant());
}

TEST(KindAgainst, SaysNothingWhereTheCardMayBeRight) {
  EXPECT_FALSE(KindAgainst(OutputKind::kLogits, Of({{3, -1}})).has_value());
  EXPECT_FALSE(KindAgainst(OutputKind::kProbabilities, Of({{0.2F, 0.8F}})).has_value());
  EXPECT_FALSE(KindAgainst(OutputKind::kProbabilities, Of({{0.2F, 0.1F}})).has_value());  // a sigmoid a class
  EXPECT_FALSE(KindAgainst(OutputKind::kLogits, Of({})).has_value());
}

TEST(KindAgainst, NamesTheOtherKind) {
  EXPECT_EQ(KindAgainst(OutputKind::kLogits, Of({{0.2F, 0.8F}}))->kind, OutputKind::kProbabilities);
  EXPECT_EQ(KindAgainst(OutputKind::kLogits, Of({{0.2F}, {0.9F}}))->kind, OutputKind::kSigmoid);
  EXPECT_EQ(KindAgainst(OutputKind::kProbabilities, Of({{3, -1}}))->kind, OutputKind::kLogits);
  EXPECT_EQ(KindAgainst(OutputKind::kSigmoid, Of({{0.2F, 0.8F}}))->kind, OutputKind::kProbabilities);
}

}  // namespace
}  // namespace amsel
