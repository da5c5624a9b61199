#include "image/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <set>

#include "base/half.h"
#include "tests/support/random_image.h"

namespace amsel {
namespace {

Image RandomImage(int width, int height) {
  return amsel::RandomImage(width, height, static_cast<std::uint64_t>(width * 1000 + height));
}

Preprocess Spec(int side) {
  Preprocess spec;
  spec.height = side;
  spec.width = side;
  spec.mean = {123.675, 116.28, 103.53};
  spec.std = {58.395, 57.12, 57.375};
  return spec;
}

std::vector<float> Tensorize(const Preprocess& spec, const Image& image) {
  Preprocessor preprocessor(spec);
  std::vector<float> tensor(TensorBytes(spec) / sizeof(float));
  preprocessor.Apply(image, std::as_writable_bytes(std::span(tensor)));
  return tensor;
}

/// The card's words, followed one by one with plain loops.
float Reference(const Preprocess& spec, const Image& image, int channel, int y, int x) {
  const int side = static_cast<int>(std::lround(spec.center_crop_fraction * std::min(image.width, image.height)));
  const int left = (image.width - side + 1) / 2;
  const int top = (image.height - side + 1) / 2;
  cv::Mat crop(side, side, CV_8UC3);
  for (int row = 0; row < side; ++row) {
    std::memcpy(crop.ptr(row), &image.pixels[static_cast<std::size_t>((top + row) * image.width + left) * 3], side * 3);
  }
  cv::Mat resized;
  cv::resize(crop, resized, {spec.width, spec.height}, 0, 0,
             spec.interpolation == Interpolation::kBicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR);
  const int source_x = spec.mirror ? spec.width - 1 - x : x;
  const int bgr = spec.channels == ChannelOrder::kRgb ? 2 - channel : channel;
  const double pixel = resized.at<cv::Vec3b>(y, source_x)[bgr];
  return static_cast<float>((pixel - spec.mean[static_cast<std::size_t>(channel)]) /
                            spec.std[static_cast<std::size_t>(channel)]);
}

TEST(Preprocessor, EqualsThePlainReferenceForEveryKindOfCard) {
  for (const auto channels : {ChannelOrder::kRgb, ChannelOrder::kBgr}) {
    for (const auto layout : {TensorLayout::kNchw, TensorLayout::kNhwc}) {
      for (const double fraction : {1.0, 0.875, 0.31}) {
        for (const bool mirror : {false, true}) {
          Preprocess spec = Spec(24);
          spec.channels = channels;
          spec.layout = layout;
          spec.center_crop_fraction = fraction;
          spec.mirror = mirror;
          spec.interpolation = mirror ? Interpolation::kBicubic : Interpolation::kBilinear;
          const Image image = RandomImage(37, 50);
          const std::vector<float> tensor = Tensorize(spec, image);
          for (int c = 0; c < 3; ++c) {
            for (const auto& [y, x] : {std::pair(0, 0), std::pair(5, 17), std::pair(23, 23)}) {
              const int at = layout == TensorLayout::kNchw ? (c * 24 + y) * 24 + x : (y * 24 + x) * 3 + c;
              EXPECT_NEAR(tensor[static_cast<std::size_t>(at)], Reference(spec, image, c, y, x), 1.01 / 57);  // a level
            }
          }
        }
      }
    }
  }
}

TEST(Preprocessor, GreyOfAGreyImageIsItsValue) {
  Preprocess spec = Spec(28);
  spec.channels = ChannelOrder::kGray;
  spec.mean = {0, 0, 0};
  spec.std = {255, 1, 1};
  const Image image{28, 28, std::vector<std::uint8_t>(28 * 28 * 3, 51)};
  const std::vector<float> tensor = Tensorize(spec, image);
  ASSERT_EQ(tensor.size(), 28U * 28U);
  for (const float value : tensor) EXPECT_FLOAT_EQ(value, 0.2F);
}

TEST(Preprocessor, QuantisedInputsAreRoundedAndClamped) {
  Preprocess spec = Spec(1);
  spec.type = ElementType::kInt8;
  spec.mean = {0, 0, 0};
  spec.std = {1, 1, 1};
  spec.scale = 2;
  spec.zero_point = -100;
  Preprocessor preprocessor(spec);
  std::vector<std::byte> tensor(TensorBytes(spec));
  preprocessor.Apply(Image{1, 1, {255, 10, 0}}, tensor);  // BGR in, RGB out
  EXPECT_EQ(static_cast<std::int8_t>(tensor[0]), -100);
  EXPECT_EQ(static_cast<std::int8_t>(tensor[1]), -95);
  EXPECT_EQ(static_cast<std::int8_t>(tensor[2]), 28);
}

TEST(Preprocessor, Float16InputsAreTheFloat32OnesRounded) {
  Preprocess spec = Spec(24);
  const Image image = RandomImage(37, 50);
  const std::vector<float> floats = Tensorize(spec, image);
  spec.type = ElementType::kFloat16;
  std::vector<std::uint16_t> halves(floats.size());
  ASSERT_EQ(TensorBytes(spec), halves.size() * sizeof(halves[0]));
  Preprocessor(spec).Apply(image, std::as_writable_bytes(std::span(halves)));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    EXPECT_EQ(halves[i], ToHalf(floats[i])) << i;
  }
}

TEST(Preprocessor, OnePixelServesAnyCard) {
  EXPECT_EQ(Tensorize(Spec(224), RandomImage(1, 1)).size(), 3U * 224 * 224);
  EXPECT_EQ(Tensorize(Spec(8), RandomImage(1, 900)).size(), 3U * 64);
}

TEST(SwapToCardOrder, ExchangesRedAndBlueForRgbCardsAlone) {
  std::vector<std::uint8_t> pixels{1, 2, 3, 4, 5, 6};
  Preprocess spec = Spec(1);
  SwapToCardOrder(spec, pixels);
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4}));
  spec.channels = ChannelOrder::kBgr;
  SwapToCardOrder(spec, pixels);
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4}));
}

TEST(DecodeMinSide, IsWhatTheMostDemandingCropNeeds) {
  Preprocess small = Spec(160);
  Preprocess large = Spec(200);
  large.center_crop_fraction = 0.875;
  large.width = 224;
  EXPECT_EQ(DecodeMinSide(std::vector{small, large}), 640);
  EXPECT_EQ(DecodeMinSide(std::vector{small}), 400);
  EXPECT_EQ(DecodeMinSide(std::vector{Spec(28)}), 160);  // for the features
  EXPECT_EQ(DecodeMinSide(std::vector{small, Preprocess()}), 0);
  large.width = 16384;
  large.center_crop_fraction = 0.01;
  EXPECT_EQ(DecodeMinSide(std::vector{large}), 0);  // no picture is so large
}

TEST(DecodeMinSide, IsOfWhatEachFitIsResizedTo) {
  const auto least = [](Fit fit, int resize_side) {
    Preprocess spec = Spec(100);
    spec.width = 200;
    spec.fit = fit;
    spec.resize_side = resize_side;
    return DecodeMinSide(std::span(&spec, 1));
  };
  EXPECT_EQ(least(Fit::kCrop, 0), 500);
  EXPECT_EQ(least(Fit::kSquash, 0), 500);
  EXPECT_EQ(least(Fit::kCrop, 256), 640);
  EXPECT_EQ(least(Fit::kLetterbox, 0), 250);  // of a square picture 100 x 100 pixels are made
}

TEST(Preprocessor, LetterboxesAreMirroredAsAWhole) {
  Preprocess spec = Spec(4);
  spec.mean = {0, 0, 0};
  spec.std = {1, 1, 1};
  spec.fit = Fit::kLetterbox;
  spec.pad_color = {10, 20, 30};
  const Image image{1, 4, std::vector<std::uint8_t>(12, 200)};  // 1 column of pixels, 1 of padding before it, 2 after
  const std::vector<float> tensor = Tensorize(spec, image);
  EXPECT_EQ(std::vector<float>(tensor.begin(), tensor.begin() + 4), (std::vector<float>{10, 200, 10, 10}));
  EXPECT_EQ(tensor.back(), 30);  // blue
  spec.mirror = true;
  const std::vector<float> mirrored = Tensorize(spec, image);
  EXPECT_EQ(std::vector<float>(mirrored.begin(), mirrored.begin() + 4), (std::vector<float>{10, 10, 200, 10}));
  spec.denoise = true;
  EXPECT_EQ(Tensorize(spec, image).size(), tensor.size());
}

TEST(PreprocessKey, DiffersWheneverAFieldDoes) {
  std::vector<Preprocess> specs(21, Spec(32));
  specs[20].crop_rounds_down = true;
  specs[1].mirror = true;
  specs[2].mean[1] += 1e-12;
  specs[3].center_crop_fraction = 0.875;
  specs[4].center_crop_fraction = std::nextafter(0.875, 0);  // which may round a side the other way
  specs[5].resize_side = 36;
  specs[6].resize_side = 37;
  specs[7].fit = Fit::kSquash;
  specs[8].fit = Fit::kLetterbox;
  specs[9].fit = Fit::kLetterbox;
  specs[9].pad_color = {0, 0, 1};
  specs[10].antialias = true;
  specs[11].interpolation = Interpolation::kBicubic;
  specs[12].denoise = true;
  specs[13].type = ElementType::kUint8;
  specs[14].type = ElementType::kUint8;
  specs[14].scale = 0.5;
  specs[15].type = ElementType::kUint8;
  specs[15].zero_point = 128;
  specs[16].channels = ChannelOrder::kBgr;
  specs[17].layout = TensorLayout::kNhwc;
  specs[18].std[2] = 1e-300;
  specs[19].height = 31;
  std::set<std::string> keys;
  for (const Preprocess& spec : specs) keys.insert(PreprocessKey(spec));
  EXPECT_EQ(keys.size(), specs.size());
  EXPECT_EQ(PreprocessKey(Spec(32)), "32x32-RGB-nchw-f32-bilinear-c1-m123.675,116.28,103.53-s58.395,57.12,57.375-q1,0");
}

}  // namespace
}  // namespace amsel
