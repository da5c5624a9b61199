#include "describe/label_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace amsel {
namespace {

constexpr int kClasses = 5;

/// A DNN that gives `answer_of[label]`, but on every tenth image anything.
struct Answers {
  std::vector<Score> scores;
  std::vector<int> labels;

  Answers(const std::vector<int>& answer_of, int images) {
    Random random(3);
    for (int i = 0; i < images; ++i) {
      const auto label = static_cast<int>(random.Below(kClasses));
      const auto any = static_cast<int>(random.Below(kClasses));
      const int answer = i % 10 == 0 ? any : answer_of[static_cast<std::size_t>(label)];
      scores.push_back({0, answer == label, answer});
      labels.push_back(label);
    }
  }
};

TEST(BetterOrder, FindsAnyOrder) {
  const Answers answers({2, 4, 0, 3, 1}, 200);
  const LabelOrder order = BetterOrder(answers.scores, answers.labels, kClasses);
  EXPECT_GE(order.right, 180);
  EXPECT_THAT(order.class_of, testing::ElementsAre(2, 4, 0, 3, 1));
}

TEST(BetterOrder, FindsNoneWhereTheLabelsAreRightOrTheDnnIsBad) {
  const Answers right({0, 1, 2, 3, 4}, 200);
  EXPECT_EQ(BetterOrder(right.scores, right.labels, kClasses).right, 0);
  const Answers one_answer({1, 1, 1, 1, 1}, 200);
  EXPECT_EQ(BetterOrder(one_answer.scores, one_answer.labels, kClasses).right, 0);
  const Answers takes_one_for_another({0, 0, 2, 3, 4}, 200);
  EXPECT_EQ(BetterOrder(takes_one_for_another.scores, takes_one_for_another.labels, kClasses).right, 0);
}

TEST(BetterOrder, IsNotTakenForOneThatFitsTheImagesAtHandByChance) {
  Random random(5);
  std::vector<Score> scores;
  std::vector<int> labels;
  for (int i = 0; i < 200; ++i) {  // two images a class
    labels.push_back(i % 100);
    const auto answer = static_cast<int>(random.Below(100));
    scores.push_back({0, answer == labels.back(), answer});
  }
  EXPECT_EQ(BetterOrder(scores, labels, 100).right, 0);
}

TEST(BetterOrder, LeavesAnswersThatWereNotGivenWithTheirOwnClassWhereItIsFree) {
  Answers answers({1, 0, 2, 3, 4}, 200);
  for (std::size_t i = 0; i < answers.scores.size(); ++i) {
    if (answers.scores[i].answer == 4) answers.scores[i] = {};
  }
  EXPECT_THAT(BetterOrder(answers.scores, answers.labels, kClasses).class_of, testing::ElementsAre(1, 0, 2, 3, 4));
}

}  // namespace
}  // namespace amsel
