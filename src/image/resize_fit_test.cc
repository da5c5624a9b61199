// Resizer against the slow reference and against Pillow, for every fit.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/random.h"
#include "image/resize.h"
#include "tests/support/random_image.h"
#include "tests/support/slow_resize.h"

namespace amsel {
namespace {

using enum Interpolation;

std::string Describe(const Preprocess& p, const Image& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height) + " by " + ResizeKey(p);
}

/// The largest difference of two results.
int Apart(std::span<const std::uint8_t> found, const cv::Mat& expected) {
  EXPECT_EQ(found.size(), expected.total() * expected.elemSize());
  int apart = 0;
  for (std::size_t i = 0; i < found.size(); ++i) apart = std::max(apart, std::abs(found[i] - expected.data[i]));
  return apart;
}

/// Black and white pixels make filters overshoot; others are rounded.
Image Noise(Random& random, int width, int height) {
  Image image = RandomImage(width, height, random.Below(1000));
  if (random.Below(2) == 0) {
    for (auto& pixel : image.pixels) pixel = pixel < 128 ? 0 : 255;
  }
  return image;
}

/// A card of any fit and channels.
Preprocess AnyCard(Random& random, Interpolation interpolation, bool antialias) {
  const auto below = [&](std::uint64_t end) { return static_cast<int>(random.Below(end)); };
  Preprocess card;
  card.width = 1 + below(90);
  card.height = below(3) == 0 ? card.width : 1 + below(90);
  card.channels = static_cast<ChannelOrder>(below(3));
  card.interpolation = interpolation;
  card.antialias = antialias;
  card.fit = static_cast<Fit>(below(3));
  card.pad_color = {9, 99, 199};
  if (card.fit == Fit::kCrop && below(2) == 0) {
    card.resize_side = 1 + below(120);
  } else if (card.fit == Fit::kCrop) {
    card.center_crop_fraction = 0.3 + 0.7 * random.Uniform();
  }
  card.crop_rounds_down = below(2) == 0;
  return card;
}

/// The largest difference over many cards and pictures. Each resizer sees two pictures.
int LargestDifference(Interpolation interpolation, bool antialias) {
  Random random(5);
  int largest = 0;
  for (int round = 0; round < 150; ++round) {
    const Preprocess card = AnyCard(random, interpolation, antialias);
    Resizer resizer(card);
    for (int i = 0; i < 2; ++i) {
      const auto side = [&] { return 1 + static_cast<int>(random.Below(round % 3 == 0 ? 12 : 160)); };
      const Image image = Noise(random, side(), side());
      const int apart = Apart(resizer.Resize(image), SlowlyResized(card, image));
      EXPECT_LE(apart, 1) << Describe(card, image);
      largest = std::max(largest, apart);
    }
  }
  return largest;
}

TEST(Resizer, WithAntialiasingItIsTheSlowReferenceToTheBit) {
  for (const Interpolation interpolation : {kBilinear, kBicubic, kLanczos}) {
    EXPECT_EQ(LargestDifference(interpolation, true), 0) << static_cast<int>(interpolation);
  }
}

TEST(Resizer, WithoutAntialiasingItIsOpenCvsResizeOfTheWholePicture) {
  EXPECT_EQ(LargestDifference(kNearest, false), 0);
  EXPECT_EQ(LargestDifference(kBilinear, false), 0);
  EXPECT_LE(LargestDifference(kBicubic, false), 1);
  EXPECT_LE(LargestDifference(kArea, false), 1);
}

/// tests/data/pillow/record.py makes the same.
Image Picture(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int c : {2, 1, 0}) {
        image.pixels.push_back(static_cast<std::uint8_t>(x * x * 7 + y * 13 * (c + 1) + x * y * (3 + c) + 31 * c));
      }
    }
  }
  return image;
}

/// As record.py writes them.
std::string Hexadecimal(std::span<const std::uint8_t> pixels, int channels) {
  std::string text;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t blue_last = channels == 1 ? i : i / 3 * 3 + 2 - i % 3;
    for (const int digit : {pixels[blue_last] / 16, pixels[blue_last] % 16}) text += "0123456789abcdef"[digit];
  }
  return text;
}

TEST(Resizer, IsPillowsAsRecorded) {
  std::ifstream file(AMSEL_TEST_DATA "/pillow/resized.txt");
  std::string line;
  int lines = 0;
  for (; std::getline(file, line); ++lines) {
    std::istringstream words(line);
    int width = 0;
    int height = 0;
    Preprocess card;
    std::string fit;
    std::string interpolation;
    std::string channels;
    std::string pixels;
    words >> width >> height >> card.width >> card.height >> fit >> interpolation >> card.resize_side >> channels >>
        pixels;
    card.fit = fit == "squash" ? Fit::kSquash : fit == "letterbox" ? Fit::kLetterbox : Fit::kCrop;
    card.interpolation = interpolation == "bilinear" ? kBilinear : interpolation == "bicubic" ? kBicubic : kLanczos;
    card.antialias = true;
    card.pad_color = {10, 60, 110};
    if (channels == "GRAY") card.channels = ChannelOrder::kGray;
    Resizer resizer(card);
    EXPECT_EQ(Hexadecimal(resizer.Resize(Picture(width, height)), card.channel_count()), pixels) << line;
  }
  EXPECT_EQ(lines, 15);
}

TEST(Resizer, ExtremeSizesAreServed) {
  for (const Interpolation interpolation : {kNearest, kBilinear, kBicubic, kArea, kLanczos}) {
    for (const bool antialias : {false, true}) {
      if (interpolation == kLanczos && !antialias) continue;
      for (const auto& [width, height] : {std::pair(1, 1), std::pair(1, 700), std::pair(900, 1), std::pair(2, 300)}) {
        const Image image = RandomImage(width, height, 1);
        for (const auto& [to_width, to_height] : {std::pair(1, 1), std::pair(2000, 1), std::pair(3, 700)}) {
          for (const int variant : {0, 1, 2, 3, 4, 5}) {
            Preprocess card;
            card.width = to_width;
            card.height = to_height;
            card.interpolation = interpolation;
            card.antialias = antialias;
            card.channels = variant % 2 == 0 ? ChannelOrder::kRgb : ChannelOrder::kGray;
            card.fit = static_cast<Fit>(variant % 3);
            card.center_crop_fraction = 0.01;
            if (variant == 3) card.resize_side = 16384;
            Resizer resizer(card);
            const auto values = static_cast<std::size_t>(to_width) * to_height * card.channel_count();
            EXPECT_EQ(resizer.Resize(image).size(), values) << Describe(card, image);
          }
        }
      }
    }
  }
}

TEST(Resizer, TheLongestSidesAreServed) {
  for (const auto& [width, height] : {std::pair(1, 5000), std::pair(5000, 1), std::pair(65535, 2)}) {
    const Image image = RandomImage(width, height, 1);
    for (const bool antialias : {false, true}) {
      Preprocess card;
      card.width = 16384;
      card.height = 2;
      card.resize_side = 16384;
      card.antialias = antialias;
      Resizer resizer(card);
      EXPECT_EQ(resizer.Resize(image).size(), 16384U * 2 * 3) << width;
      card.resize_side = 1;
      Resizer tiny(card);
      EXPECT_EQ(tiny.Resize(image).size(), 16384U * 2 * 3) << width;
    }
  }
}

TEST(Resizer, OneColourStaysOneColour) {
  for (const Interpolation interpolation : {kBilinear, kBicubic, kLanczos}) {
    for (const auto& [width, height] : {std::pair(1000, 40), std::pair(7, 5), std::pair(16, 16)}) {
      Preprocess card;
      card.width = card.height = 16;
      card.interpolation = interpolation;
      card.antialias = true;
      card.fit = Fit::kSquash;
      Resizer resizer(card);
      const Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3, 200)};
      for (const std::uint8_t value : resizer.Resize(image)) ASSERT_EQ(value, 200);
    }
  }
}

}  // namespace
}  // namespace amsel
