#include "image/gray.h"

#include <opencv2/core/hal/intrin.hpp>

namespace amsel {
namespace {

constexpr std::int16_t kRed = 19595;
constexpr std::int16_t kHalfGreen = 19235;  // green is taken twice: its weight is no int16
constexpr std::int16_t kBlue = 7471;
constexpr int kBits = 16;

/// Eight pixels of values as wide as int16.
cv::v_int16x8 Mix(cv::v_int16x8 blue, cv::v_int16x8 green, cv::v_int16x8 red) {
  const cv::v_int16x8 outer(kBlue, kRed, kBlue, kRed, kBlue, kRed, kBlue, kRed);
  const cv::v_int16x8 inner = cv::v_setall_s16(kHalfGreen);
  const cv::v_int32x4 half = cv::v_setall_s32(1 << (kBits - 1));
  cv::v_int16x8 others[2];
  cv::v_int16x8 greens[2];
  cv::v_zip(blue, red, others[0], others[1]);
  cv::v_zip(green, green, greens[0], greens[1]);
  cv::v_int32x4 sums[2];
  for (int i = 0; i < 2; ++i) {
    sums[i] = cv::v_shr<kBits>(cv::v_dotprod(greens[i], inner, cv::v_dotprod(others[i], outer, half)));
  }
  return cv::v_pack(sums[0], sums[1]);
}

}  // namespace

void GrayAsPillow(const ImageView& image, std::uint8_t* gray) {
  for (int y = 0; y < image.height; ++y, gray += image.width) {
    const std::uint8_t* pixel = image.pixels + image.stride * y;
    int x = 0;
    for (; x + 16 <= image.width; x += 16, pixel += 48) {
      cv::v_uint8x16 channels[3];
      cv::v_load_deinterleave(pixel, channels[0], channels[1], channels[2]);
      cv::v_int16x8 low[3];
      cv::v_int16x8 high[3];
      for (int c = 0; c < 3; ++c) {
        low[c] = cv::v_reinterpret_as_s16(cv::v_expand_low(channels[c]));
        high[c] = cv::v_reinterpret_as_s16(cv::v_expand_high(channels[c]));
      }
      cv::v_store(gray + x, cv::v_pack_u(Mix(low[0], low[1], low[2]), Mix(high[0], high[1], high[2])));
    }
    for (; x < image.width; ++x, pixel += 3) {
      const int sum = pixel[0] * kBlue + pixel[1] * 2 * kHalfGreen + pixel[2] * kRed + (1 << (kBits - 1));
      gray[x] = static_cast<std::uint8_t>(sum >> kBits);
    }
  }
}

}  // namespace amsel
