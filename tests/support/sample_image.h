// The pictures of the files in tests/data/images, which say by formula what each pixel is: 20 × 18 in colour, in grey
// or of a palette of five.
#pragma once

#include <array>
#include <fstream>
#include <iterator>
#include <string>

namespace amsel {

inline constexpr int kSampleWidth = 20;
inline constexpr int kSampleHeight = 18;

using Bgr = std::array<int, 3>;

inline Bgr ColourSample(int x, int y) {
  return {(x + y) * 6, y * 14, x * 12};
}

inline Bgr GraySample(int x, int y) {
  return {x * 9 + y * 4, x * 9 + y * 4, x * 9 + y * 4};
}

inline int SampleIndex(int x, int y) {
  return (x / 4 + y / 3) % 5;
}

inline Bgr SamplePalette(int index) {
  return {index * 20 + 10, 255 - index * 40, index * 50};
}

inline Bgr PaletteSample(int x, int y) {
  return SamplePalette(SampleIndex(x, y));
}

/// Black and white: by the lowest bit of the palette's index.
inline Bgr BilevelSample(int x, int y) {
  const int value = SampleIndex(x, y) % 2 * 255;
  return {value, value, value};
}

/// The colour picture turned a quarter to the right: 18 × 20.
inline Bgr TurnedSample(int x, int y) {
  return ColourSample(y, kSampleHeight - 1 - x);
}

/// The bytes of a file of tests/data/images; empty where there is none.
inline std::string SampleFile(const std::string& name) {
  std::ifstream file(std::string(AMSEL_TEST_DATA "/images/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace amsel
