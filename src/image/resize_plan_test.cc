#include "image/resize_plan.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

Preprocess Card(int width, int height, Fit fit = Fit::kCrop, int resize_side = 0) {
  Preprocess card;
  card.width = width;
  card.height = height;
  card.fit = fit;
  card.resize_side = resize_side;
  return card;
}

TEST(PlanResize, CropsTheMiddleSquareForSquareInputs) {
  Preprocess card = Card(224, 224);
  card.center_crop_fraction = 0.875;
  const ResizePlan plan = PlanResize(card, 500, 375);
  EXPECT_EQ(plan.across, (SidePlan{86, 328, 224, 0, 0, 224}));  // 0.875 · 375 = 328.1; (500 - 328 + 1) / 2
  EXPECT_EQ(plan.down, (SidePlan{24, 328, 224, 0, 0, 224}));
}

TEST(PlanResize, CropsHaveTheInputsProportions) {
  const ResizePlan wide = PlanResize(Card(320, 160), 500, 375);
  EXPECT_EQ(wide.across, (SidePlan{0, 500, 320, 0, 0, 320}));
  EXPECT_EQ(wide.down, (SidePlan{63, 250, 160, 0, 0, 160}));
  Preprocess tall = Card(100, 300);
  tall.center_crop_fraction = 0.5;
  EXPECT_EQ(PlanResize(tall, 500, 375).across, (SidePlan{219, 63, 100, 0, 0, 100}));  // 0.5 · 125 = 62.5
  EXPECT_EQ(PlanResize(tall, 500, 375).down, (SidePlan{94, 188, 300, 0, 0, 300}));    // 0.5 · 375 = 187.5
  EXPECT_EQ(PlanResize(tall, 1, 1).across.length, 1);
}

TEST(PlanResize, ResizesTheShorterSideThenCropsAsTorchvision) {
  const ResizePlan plan = PlanResize(Card(224, 224, Fit::kCrop, 256), 500, 375);
  EXPECT_EQ(plan.across, (SidePlan{0, 500, 341, 58, 0, 224}));  // int(256 · 500 / 375); 58.5, halves to even
  EXPECT_EQ(plan.down, (SidePlan{0, 375, 256, 16, 0, 224}));
  EXPECT_EQ(PlanResize(Card(224, 224, Fit::kCrop, 227), 10, 10).across.skipped, 2);  // 1.5
}

TEST(PlanResize, RoundsDownAsTransformersAndKerasWhereTheCardSaysSo) {
  Preprocess resized = Card(224, 224, Fit::kCrop, 256);
  Preprocess whole = Card(224, 224);
  resized.crop_rounds_down = whole.crop_rounds_down = true;
  EXPECT_EQ(PlanResize(resized, 513, 384).across, (SidePlan{0, 513, 342, 59, 0, 224}));
  EXPECT_EQ(PlanResize(resized, 515, 384).across, (SidePlan{0, 515, 343, 59, 0, 224}));  // 59.5, to even: 60
  EXPECT_EQ(PlanResize(resized, 515, 384).down, (SidePlan{0, 384, 256, 16, 0, 224}));
  EXPECT_EQ(PlanResize(whole, 500, 375).across, (SidePlan{62, 375, 224, 0, 0, 224}));  // 62.5, up: 63
  EXPECT_EQ(PlanResize(whole, 501, 375).across.from, 63);
}

TEST(PlanResize, PadsWhatIsSmallerThanTheCrop) {
  const ResizePlan plan = PlanResize(Card(224, 224, Fit::kCrop, 101), 300, 100);
  EXPECT_EQ(plan.across, (SidePlan{0, 300, 303, 40, 0, 224}));  // 39.5
  EXPECT_EQ(plan.down, (SidePlan{0, 100, 101, 0, 61, 101}));    // 123 / 2
}

TEST(PlanResize, KeepsFarSidesCountable) {
  const SidePlan down = PlanResize(Card(1, 1, Fit::kCrop, 16384), 1, 1'000'000).down;
  EXPECT_EQ(down.resized, 16'384'000'000);
  EXPECT_EQ(down.skipped, 8'191'999'999 + 1);  // a half, to even
}

TEST(PlanResize, SquashesAllOfThePicture) {
  const ResizePlan plan = PlanResize(Card(224, 200, Fit::kSquash), 500, 375);
  EXPECT_EQ(plan.across, (SidePlan{0, 500, 224, 0, 0, 224}));
  EXPECT_EQ(plan.down, (SidePlan{0, 375, 200, 0, 0, 200}));
}

TEST(PlanResize, LetterboxesAsUltralytics) {
  const ResizePlan plan = PlanResize(Card(640, 640, Fit::kLetterbox), 500, 375);
  EXPECT_EQ(plan.across, (SidePlan{0, 500, 640, 0, 0, 640}));
  EXPECT_EQ(plan.down, (SidePlan{0, 375, 480, 0, 80, 480}));
  EXPECT_EQ(PlanResize(Card(640, 640, Fit::kLetterbox), 640, 479).down.at, 80);     // 80.5 - 0.1
  EXPECT_EQ(PlanResize(Card(10, 10, Fit::kLetterbox), 20, 5).down.count, 2);        // 2.5, to even
  EXPECT_EQ(PlanResize(Card(224, 224, Fit::kLetterbox), 1, 5000).across.count, 1);  // not 0
  EXPECT_EQ(PlanResize(Card(224, 224, Fit::kLetterbox), 1, 5000).across.at, 111);   // 111.5 - 0.1
}

}  // namespace
}  // namespace amsel
