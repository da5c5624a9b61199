#include "image/input_set.h"

#include <gtest/gtest.h>

#include "tests/support/random_image.h"

namespace amsel {
namespace {

Preprocess Card(int side) {
  Preprocess card;
  card.height = card.width = side;
  card.center_crop_fraction = 0.875;
  return card;
}

std::vector<std::byte> Alone(const Preprocess& card, const Image& image) {
  std::vector<std::byte> tensor(TensorBytes(card));
  Preprocessor(card).Apply(image, tensor);
  return tensor;
}

std::vector<std::byte> Copy(std::span<const std::byte> tensor) {
  return {tensor.begin(), tensor.end()};
}

/// Cards that share their resized pixels, and one that does not.
std::vector<Preprocess> Family() {
  std::vector<Preprocess> cards(7, Card(24));
  cards[1].channels = ChannelOrder::kBgr;
  cards[1].mean = {1, 2, 3};
  cards[2].layout = TensorLayout::kNhwc;
  cards[3].mirror = true;
  cards[4].type = ElementType::kUint8;
  cards[5] = Card(31);
  cards[6].denoise = true;
  return cards;
}

TEST(InputSet, SharingChangesNoTensor) {
  InputSet inputs;
  std::vector<std::size_t> numbers;
  for (const Preprocess& card : Family()) numbers.push_back(inputs.Add(card));
  for (const std::uint64_t seed : {1U, 2U}) {
    const Image image = RandomImage(50, 40, seed);
    inputs.Forget();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_FALSE(inputs.ready(numbers[i]));
      EXPECT_EQ(Copy(inputs.Prepare(numbers[i], image)), Alone(Family()[i], image)) << i;
      EXPECT_TRUE(inputs.ready(numbers[i]));
    }
  }
}

TEST(InputSet, PaddingOfOneColourIsSharedWhateverTheOrder) {
  std::vector<Preprocess> cards(4, Card(24));
  for (Preprocess& card : cards) {
    card.fit = Fit::kLetterbox;
    card.pad_color = {200, 100, 0};
  }
  cards[1].channels = ChannelOrder::kBgr;
  cards[2].channels = ChannelOrder::kBgr;
  cards[2].pad_color = {0, 100, 200};
  cards[3].mirror = true;
  InputSet inputs;
  for (const Preprocess& card : cards) inputs.Add(card);
  const Image image = RandomImage(50, 40, 5);
  for (std::size_t i = 0; i < cards.size(); ++i) EXPECT_EQ(Copy(inputs.Prepare(i, image)), Alone(cards[i], image)) << i;
}

TEST(InputSet, EqualPreprocessingIsOneInput) {
  InputSet inputs;
  const std::size_t first = inputs.Add(Card(24));
  EXPECT_NE(inputs.Add(Card(25)), first);
  EXPECT_EQ(inputs.Add(Card(24)), first);
}

TEST(InputSet, PixelsAreResizedOnceForAllThatShareThem) {
  InputSet inputs;
  for (const Preprocess& card : Family()) inputs.Add(card);
  Image image = RandomImage(50, 40, 3);
  const std::vector<std::byte> expected = Alone(Family()[1], image);
  const std::vector<std::byte> smooth = Alone(Family()[6], image);
  inputs.Prepare(0, image);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{0});  // whoever looks again sees black
  EXPECT_EQ(Copy(inputs.Prepare(1, image)), expected);
  EXPECT_EQ(Copy(inputs.Prepare(6, image)), smooth);
  EXPECT_EQ(Copy(inputs.Prepare(5, image)), Alone(Family()[5], image));  // another size does look
}

TEST(InputSet, PixelsThatAreGivenReplaceTheImage) {
  InputSet inputs;
  for (const Preprocess& card : Family()) inputs.Add(card);
  const Image image = RandomImage(50, 40, 4);
  inputs.Prepare(0, image);
  const std::vector<std::uint8_t> white(24 * 24 * 3, 255);
  const std::vector<std::byte> given = Copy(inputs.FromPixels(0, white));
  EXPECT_NE(given, Alone(Family()[0], image));
  EXPECT_FALSE(inputs.ready(0));
  EXPECT_EQ(Copy(inputs.Prepare(0, image)), Alone(Family()[0], image));
}

}  // namespace
}  // namespace amsel
