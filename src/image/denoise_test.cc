#include "image/denoise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "image/preprocess.h"
#include "tests/support/random_image.h"

namespace amsel {
namespace {

Preprocess Card(int height, int width, ChannelOrder channels = ChannelOrder::kBgr) {
  Preprocess card;
  card.height = height;
  card.width = width;
  card.channels = channels;
  return card;
}

int Reflected(int at, int length) {
  if (length == 1) return 0;
  while (at < 0 || at >= length) at = at < 0 ? -at : 2 * length - 2 - at;
  return at;
}

/// Tomasi and Manduchi's formula, as it is written: a disc of radius 2, borders reflected, colours by the sum of the
/// channels' differences.
std::vector<double> Reference(const std::vector<std::uint8_t>& pixels, int height, int width, int channels) {
  std::vector<double> smooth(pixels.size());
  const auto place = [&](int y, int x, int c) {
    const auto row = static_cast<std::size_t>(y) * width;
    return (row + x) * channels + c;
  };
  const auto at = [&](int y, int x, int c) {
    return static_cast<int>(pixels[place(Reflected(y, height), Reflected(x, width), c)]);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double weights = 0;
      std::vector<double> sums(static_cast<std::size_t>(channels));
      for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
          if (dx * dx + dy * dy > 4) continue;
          int difference = 0;
          for (int c = 0; c < channels; ++c) difference += std::abs(at(y + dy, x + dx, c) - at(y, x, c));
          const double weight =
              std::exp(-(dx * dx + dy * dy) / (2 * 1.5 * 1.5)) * std::exp(-difference * difference / (2.0 * 30 * 30));
          weights += weight;
          for (int c = 0; c < channels; ++c) sums[static_cast<std::size_t>(c)] += weight * at(y + dy, x + dx, c);
        }
      }
      for (int c = 0; c < channels; ++c) {
        smooth[place(y, x, c)] = sums[static_cast<std::size_t>(c)] / weights;
      }
    }
  }
  return smooth;
}

/// Neighbours alike enough that the filter has something to smooth.
std::vector<std::uint8_t> SoftPixels(int height, int width, int channels) {
  std::vector<std::uint8_t> pixels = RandomImage(width * channels, height, 7).pixels;
  pixels.resize(static_cast<std::size_t>(height) * width * channels);
  for (std::uint8_t& value : pixels) value = static_cast<std::uint8_t>(100 + value / 6);
  return pixels;
}

TEST(Denoiser, IsTheBilateralFilterOfItsPaper) {
  for (const auto& [height, width] : {std::pair(9, 13), std::pair(1, 1), std::pair(2, 5)}) {
    for (const ChannelOrder channels : {ChannelOrder::kBgr, ChannelOrder::kGray}) {
      const Preprocess card = Card(height, width, channels);
      const std::vector<std::uint8_t> pixels = SoftPixels(height, width, card.channel_count());
      const std::vector<double> expected = Reference(pixels, height, width, card.channel_count());
      Denoiser denoiser(card);
      const std::span<const std::uint8_t> smooth = denoiser.Apply(pixels);
      ASSERT_EQ(smooth.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(smooth[i], expected[i], 0.51) << i;
    }
  }
}

TEST(Denoiser, KeepsAnEdge) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 8 * 8; ++i) pixels.push_back(i % 8 < 4 ? 20 : 220);
  Denoiser denoiser(Card(8, 8, ChannelOrder::kGray));
  const std::span<const std::uint8_t> smooth = denoiser.Apply(pixels);
  EXPECT_EQ(std::vector(smooth.begin(), smooth.end()), pixels);
}

TEST(Preprocessor, SmoothsWhatIsResizedInThatViewAlone) {
  Preprocess card = Card(16, 16);
  card.type = ElementType::kUint8;
  card.layout = TensorLayout::kNhwc;
  const Image image = RandomImage(40, 30, 3);
  std::vector<std::byte> plain(TensorBytes(card));
  Preprocessor(card).Apply(image, plain);
  card.denoise = true;
  std::vector<std::byte> smooth(TensorBytes(card));
  Preprocessor(card).Apply(image, smooth);
  std::vector<std::uint8_t> pixels(plain.size());
  std::memcpy(pixels.data(), plain.data(), plain.size());
  Denoiser denoiser(card);
  EXPECT_EQ(0, std::memcmp(smooth.data(), denoiser.Apply(pixels).data(), smooth.size()));
  EXPECT_NE(smooth, plain);
}

}  // namespace
}  // namespace amsel
