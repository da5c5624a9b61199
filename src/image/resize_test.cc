#include "image/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"
#include "tests/support/slow_resize.h"

namespace amsel {
namespace {

/// Smooth where `noise` is 0, as photos mostly are.
Image Picture(int width, int height, std::uint64_t noise) {
  Random random(static_cast<std::uint64_t>(width * 1000 + height));
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const auto wave = static_cast<std::uint64_t>(120 + 100 * std::sin(0.05 * (x + 2 * y + 30 * c)));
        image.pixels.push_back(static_cast<std::uint8_t>(noise > 0 ? random.Below(noise) : wave));
      }
    }
  }
  return image;
}

Preprocess Card(int width, int height, Interpolation interpolation, double fraction, bool gray) {
  Preprocess card;
  card.width = width;
  card.height = height;
  card.interpolation = interpolation;
  card.center_crop_fraction = fraction;
  if (gray) card.channels = ChannelOrder::kGray;
  return card;
}

struct Difference {
  int largest = 0;
  double share = 0;  ///< of the values that differ
};

Difference Compare(std::span<const std::uint8_t> found, const cv::Mat& expected) {
  EXPECT_EQ(found.size(), expected.total() * expected.elemSize());
  Difference difference;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const int apart = std::abs(found[i] - expected.data[i]);
    difference.largest = std::max(difference.largest, apart);
    difference.share += apart > 0 ? 1.0 / static_cast<double>(found.size()) : 0;
  }
  return difference;
}

class EveryInterpolation : public testing::TestWithParam<Interpolation> {};

TEST_P(EveryInterpolation, IsOpenCvsToWithinOneLevel) {
  for (const auto& [width, height] : {std::pair(500, 375), std::pair(64, 448), std::pair(97, 41), std::pair(9, 300)}) {
    for (const std::uint64_t noise : {0U, 256U}) {
      const Image image = Picture(width, height, noise);
      for (const double fraction : {1.0, 0.875}) {
        for (const auto& [to_width, to_height] : {std::pair(224, 224), std::pair(30, 61), std::pair(1, 3)}) {
          for (const bool gray : {false, true}) {
            const Preprocess card = Card(to_width, to_height, GetParam(), fraction, gray);
            Resizer resizer(card);
            const Difference difference = Compare(resizer.Resize(image), SlowlyResized(card, image));
            const auto what = testing::Message() << width << "x" << height << " to " << to_width << "x" << to_height
                                                 << " noise " << noise << " gray " << gray << " crop " << fraction;
            EXPECT_LE(difference.largest, 1) << what;
            EXPECT_TRUE(to_width == 1 || difference.share < 0.05) << what << ": " << difference.share;
          }
        }
      }
    }
  }
}

/// Bilinear of one value, in the integers that OpenCV computes it in, without the vectors.
int Bilinear(const Image& image, const Preprocess& card, int y, int x, int channel) {
  struct Axis {
    int low;
    int high;
    int low_weight;
    int high_weight;
  };
  const auto axis = [](int at, int target, int source) {
    const auto center = static_cast<float>((at + 0.5) * (1 / (static_cast<double>(target) / source)) - 0.5);
    const int below = static_cast<int>(std::floor(center));
    const float share = center - static_cast<float>(below);
    return Axis{std::clamp(below, 0, source - 1), std::clamp(below + 1, 0, source - 1),
                static_cast<int>(std::lrint((1 - share) * 2048)), static_cast<int>(std::lrint(share * 2048))};
  };
  const Axis across = axis(x, card.width, image.width);
  const Axis down = axis(y, card.height, image.height);
  const auto value = [&](int row, int column) {
    return image.pixels[(static_cast<std::size_t>(row) * image.width + column) * 3 + channel];
  };
  const auto line = [&](int row) {
    return (value(row, across.low) * across.low_weight + value(row, across.high) * across.high_weight) >> 4;
  };
  return (((line(down.low) * down.low_weight) >> 16) + ((line(down.high) * down.high_weight) >> 16) + 2) >> 2;
}

TEST(Resizer, BilinearIsThePlainArithmeticToTheBit) {
  for (const auto& [width, height] : {std::pair(50, 37), std::pair(20, 31), std::pair(3, 2), std::pair(1, 1)}) {
    const Image image = Picture(width, height, 256);
    Preprocess card = Card(29, 24, Interpolation::kBilinear, 1, false);
    card.fit = Fit::kSquash;
    Resizer resizer(card);
    const auto pixels = resizer.Resize(image);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const auto at = static_cast<int>(i);
      ASSERT_EQ(pixels[i], Bilinear(image, card, at / 3 / 29, at / 3 % 29, at % 3))
          << width << "x" << height << " " << i;
    }
  }
}

TEST_P(EveryInterpolation, TheSameSizeIsTheSamePixels) {
  const Image image = Picture(33, 33, 256);
  Resizer resizer(Card(33, 33, GetParam(), 1, false));
  const auto pixels = resizer.Resize(image);
  EXPECT_EQ(std::vector<std::uint8_t>(pixels.begin(), pixels.end()), image.pixels);
}

TEST_P(EveryInterpolation, RowsMayBePaddedAndImagesMayChangeInSize) {
  Resizer resizer(Card(20, 24, GetParam(), 0.9, false));
  for (const auto& [width, height] : {std::pair(40, 30), std::pair(25, 60), std::pair(10, 11), std::pair(40, 30)}) {
    const Image image = Picture(width, height, 256);
    const std::size_t stride = static_cast<std::size_t>(width) * 3 + 7;
    std::vector<std::uint8_t> padded(stride * static_cast<std::size_t>(height), 255);
    for (int y = 0; y < height; ++y) {
      std::copy_n(image.pixels.begin() + std::ptrdiff_t{y} * width * 3, width * 3,
                  padded.begin() + static_cast<std::ptrdiff_t>(stride) * y);
    }
    const auto pixels = resizer.Resize(ImageView(PixelFormat::kBgr, width, height, padded.data(), stride));
    const std::vector<std::uint8_t> found(pixels.begin(), pixels.end());
    Resizer fresh(Card(20, 24, GetParam(), 0.9, false));
    const auto expected = fresh.Resize(image);
    EXPECT_TRUE(std::equal(found.begin(), found.end(), expected.begin(), expected.end())) << width;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryInterpolation,
                         testing::Values(Interpolation::kNearest, Interpolation::kBilinear, Interpolation::kBicubic,
                                         Interpolation::kArea));

TEST(ResizeKey, IsOfGeometryAlone) {
  const Preprocess card = Card(224, 224, Interpolation::kBilinear, 0.875, false);
  Preprocess other = card;
  other.channels = ChannelOrder::kBgr;
  other.mean = {1, 2, 3};
  other.std = {4, 5, 6};
  other.layout = TensorLayout::kNhwc;
  other.type = ElementType::kUint8;
  other.mirror = true;
  EXPECT_EQ(ResizeKey(card), ResizeKey(other));
}

TEST(ResizeKey, DiffersWhereverPixelsDo) {
  const auto changed = [](const auto& change) {
    Preprocess card = Card(224, 224, Interpolation::kBilinear, 0.875, false);
    change(card);
    return ResizeKey(card);
  };
  const auto letterbox = [&](ChannelOrder order, std::array<std::uint8_t, 3> color) {
    return changed([&](Preprocess& p) {
      p.fit = Fit::kLetterbox;
      p.channels = order;
      p.pad_color = color;
    });
  };
  const std::vector<std::string> keys{changed([](Preprocess&) {}),
                                      changed([](Preprocess& p) { p.channels = ChannelOrder::kGray; }),
                                      changed([](Preprocess& p) { p.height = 223; }),
                                      changed([](Preprocess& p) { p.interpolation = Interpolation::kBicubic; }),
                                      changed([](Preprocess& p) { p.center_crop_fraction += 1e-12; }),
                                      changed([](Preprocess& p) { p.resize_side = 256; }),
                                      changed([](Preprocess& p) { p.resize_side = 257; }),
                                      changed([](Preprocess& p) { p.crop_rounds_down = true; }),
                                      changed([](Preprocess& p) { p.antialias = true; }),
                                      changed([](Preprocess& p) { p.fit = Fit::kSquash; }),
                                      letterbox(ChannelOrder::kRgb, {1, 2, 3}),
                                      letterbox(ChannelOrder::kBgr, {1, 2, 3}),
                                      letterbox(ChannelOrder::kGray, {1, 0, 0})};
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  EXPECT_EQ(letterbox(ChannelOrder::kRgb, {1, 2, 3}), letterbox(ChannelOrder::kBgr, {3, 2, 1}));
}

}  // namespace
}  // namespace amsel
