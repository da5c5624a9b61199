#include "profile/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "backend/fake_backend.h"
#include "base/file.h"
#include "tests/support/small_card.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FitTogetherTest : public testing::Test {
 protected:
  FitTogetherTest()
      : root_(testing::TempDir() + "fit_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(root_);
  }
  ~FitTogetherTest() override { std::filesystem::remove_all(root_); }

  /// PNG files of these sides, of which headers are all that is read, and all that there is.
  std::size_t Together(const std::vector<int>& sides) const {
    std::vector<std::string> references;
    for (const int side : sides) {
      references.push_back(root_ + "/" + std::to_string(references.size()) + ".png");
      std::string number;
      for (const int shift : {24, 16, 8, 0}) number += static_cast<char>(side >> shift & 0xFF);
      const std::string header = std::string("\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR", 16) + number + number +
                                 std::string("\x08\x02\0\0\0\0\0\0\0", 9);
      EXPECT_TRUE(WriteFile(references.back(), header).ok());
    }
    ImageReader reader;
    return FitTogether(reader, references, {});
  }

  std::string root_;
};

TEST_F(FitTogetherTest, BlocksEndBeforeTheImageThatWouldNotFitInHalfAGibibyte) {  // of 537 MB
  EXPECT_EQ(Together({}), 0U);
  EXPECT_EQ(Together({100, 100, 100}), 3U);
  EXPECT_EQ(Together({8000, 8000, 8000, 8000}), 2U);  // 192 MB each
  EXPECT_EQ(Together({10'000, 8000, 100, 100}), 4U);  // 492 MB
  EXPECT_EQ(Together({11'000, 8000, 100, 100}), 1U);  // 555 MB
  EXPECT_EQ(Together({10, 10'000, 10'000}), 2U);
}

TEST_F(FitTogetherTest, WhatCannotBeUsedTakesNothing) {
  ImageReader reader;
  EXPECT_EQ(FitTogether(reader, {root_ + "/none", root_ + "/none either"}, {}), 2U);
  EXPECT_EQ(Together({12'000, 11'000, 12'000}), 3U);  // two are of more pixels than are decoded
}

class RunTurnTest : public testing::Test {
 protected:
  RunTurnTest() {
    backend_.Add("dnn.onnx", FakeBackend::Describe("input", 3, 8, "logits", 2),
                 [this](std::span<const std::byte>, int, std::vector<float>& output) -> Status {
                   const int run = runs_++;
                   clock_.Advance(std::chrono::milliseconds(run == 0 ? 50 : 3));  // caches are cold at first
                   if (failing_.contains(run)) return RuntimeFailure("broken");
                   output = {0, 1};
                   return {};
                 });
    images_.resize(3);
    for (Image& image : images_) {
      image.width = image.height = 8;
      image.pixels.assign(std::size_t{8} * 8 * 3, 128);
    }
    for (const Image& image : images_) pointers_.push_back(&image);
  }

  /// Times in milliseconds by image, −1 where there is no answer; ends with an error at image `stop`.
  Status Run(std::size_t stop = 99) {
    const Card card = SmallCard("dnn", "labels.txt");
    ProfiledCandidate candidate{.runner = CandidateRunner::Open(backend_, {}, "dnn.onnx", card, 2).value(),
                                .preprocessor = Preprocessor(card.preprocess),
                                .tensor = std::vector<std::byte>(TensorBytes(card.preprocess)),
                                .log_probs = std::vector<float>(2)};
    return RunTurn(candidate, pointers_, clock_, [&](std::size_t at, const RunTimes& times, const auto& answer) {
      EXPECT_EQ(at, times_.size());
      times_.push_back(answer.ok() ? Milliseconds(times.inference.wall) : -1);
      return at == stop ? Status(RuntimeFailure("the disk is full")) : Status();
    });
  }

  FakeClock clock_;
  FakeBackend backend_;
  int runs_ = 0;
  std::set<int> failing_;
  std::vector<Image> images_;
  std::vector<const Image*> pointers_;
  std::vector<double> times_;
};

TEST_F(RunTurnTest, TimesEachImageAfterARunThatIsNotTimed) {
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(times_, ElementsAre(3, 3, 3));
  EXPECT_EQ(runs_, 4);
}

TEST_F(RunTurnTest, WarmsUpWithTheFirstImageThatAnswers) {
  failing_ = {0, 2};  // the first image, both times
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(times_, ElementsAre(-1, 3, 3));
  EXPECT_EQ(runs_, 5);
}

TEST_F(RunTurnTest, AnErrorOfWhoeverTakesTheAnswersEndsIt) {
  EXPECT_EQ(Run(1).error().message, "the disk is full");
  EXPECT_THAT(times_, ElementsAre(3, 3));
}

TEST(TurnOf, TakesTheImagesThatMissSomething) {
  std::vector<LoadedImage> loaded;
  for (std::int64_t id = 4; id < 8; ++id) loaded.push_back({id, {}});
  const Turn turn = TurnOf(loaded, [](std::int64_t id) { return id % 2 == 1; });
  EXPECT_THAT(turn.ids, ElementsAre(5, 7));
  EXPECT_THAT(turn.images, ElementsAre(&loaded[1].image, &loaded[3].image));
}

}  // namespace
}  // namespace amsel
