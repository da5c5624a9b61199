// Separable filtering in fixed point. Pillow's order (across, clipped to 8 bits, then down) is part of its result:
// filters with negative lobes overshoot at edges, and what is clipped after the first pass does not come back in the
// second. So is the size of its weights, 22 bits: they are taken in two halves of 11, so that one instruction
// multiplies eight 16-bit numbers and adds them up in pairs; sums wrap around together and are Pillow's to the bit.
// Across, the two pixels of a pair are first laid side by side, channel by channel; each pixel of the source is then
// loaded as it is multiplied, with its three channels as lanes of one vector.
#include "image/resize_filter.h"

#include <algorithm>
#include <cstring>
#include <opencv2/core/hal/intrin.hpp>

namespace amsel {
namespace {

constexpr int kPair = 8;      // values of a pair of pixels: three channels of both, and two that nobody looks at
constexpr int kGrayTaps = 8;  // that are multiplied at once
constexpr std::size_t kPastRow = 16;  // bytes that may be written after one
constexpr int kHalf = 1 << (kFilterBits - 1);

cv::v_int16x8 Both(const std::int16_t* weights) {
  std::int32_t both = 0;
  std::memcpy(&both, weights, sizeof both);
  return cv::v_reinterpret_as_s16(cv::v_setall_s32(both));
}

/// Older OpenCV has the operator, newer the function.
template <typename Vector>
Vector Sum(const Vector& a, const Vector& b) {
  if constexpr (requires { a + b; }) {
    return a + b;
  } else {
    return v_add(a, b);
  }
}

/// Σ weight · value of four values at once, by halves of the weights.
struct Sums {
  void Add(cv::v_int16x8 values, cv::v_int16x8 weights, cv::v_int16x8 fine) {
    coarse_sum = cv::v_dotprod(values, weights, coarse_sum);
    fine_sum = cv::v_dotprod(values, fine, fine_sum);
  }

  cv::v_int32x4 Whole() const { return Sum(cv::v_shl<kFineBits>(coarse_sum), fine_sum); }
  cv::v_int32x4 Rounded() const { return cv::v_shr<kFilterBits>(Sum(Whole(), cv::v_setall_s32(kHalf))); }

  cv::v_int32x4 coarse_sum = cv::v_setzero_s32();
  cv::v_int32x4 fine_sum = cv::v_setzero_s32();
};

cv::v_uint8x16 Pack(const Sums* four) {
  return cv::v_pack_u(cv::v_pack(four[0].Rounded(), four[1].Rounded()),
                      cv::v_pack(four[2].Rounded(), four[3].Rounded()));
}

/// Blue, green and red of two pixels, side by side; of an odd last pixel, beside zeros.
void LayInPairs(const std::uint8_t* row, int pixels, std::int16_t* out) {
  int x = 0;
  for (; 3 * x + 8 <= 3 * pixels; x += 2, out += kPair) {
    const cv::v_int16x8 both = cv::v_reinterpret_as_s16(cv::v_load_expand(row + 3 * x));
    cv::v_int16x8 pair;
    cv::v_int16x8 unused;
    cv::v_zip(both, cv::v_rotate_right<3>(both), pair, unused);
    cv::v_store(out, pair);
  }
  for (; x < pixels; x += 2, out += kPair) {
    for (int c = 0; c < 3; ++c) {
      out[2 * c] = row[3 * x + c];
      out[2 * c + 1] = x + 1 < pixels ? row[3 * x + 3 + c] : std::int16_t{0};
    }
    out[6] = out[7] = 0;
  }
}

/// Four rows of pairs into four rows of pixels. Writes a byte too many.
void AcrossColor(const std::int16_t* pairs, std::size_t stride, const Taps& taps, std::uint8_t* const* out) {
  const std::int16_t* weights = taps.weights.data();
  const std::int16_t* fine = taps.fine.data();
  for (std::size_t x = 0; x < taps.first.size(); ++x) {
    const std::int16_t* from = pairs + taps.first[x] / 2 * kPair;
    Sums sums[4];
    for (int t = 0; t < taps.per_pixel; t += 2, weights += 2, fine += 2, from += kPair) {
      const cv::v_int16x8 coarse_pair = Both(weights);
      const cv::v_int16x8 fine_pair = Both(fine);
      for (std::size_t r = 0; r < 4; ++r) sums[r].Add(cv::v_load(from + r * stride), coarse_pair, fine_pair);
    }
    std::uint8_t four[16];
    cv::v_store(four, Pack(sums));
    for (std::size_t r = 0; r < 4; ++r) std::memcpy(out[r] + 3 * x, four + 4 * r, 4);
  }
}

void AcrossGray(const std::uint8_t* row, const Taps& taps, std::uint8_t* out) {
  const std::int16_t* weights = taps.weights.data();
  const std::int16_t* fine = taps.fine.data();
  for (std::size_t x = 0; x < taps.first.size(); ++x) {
    const std::uint8_t* from = row + taps.first[x];
    Sums sums;
    for (int t = 0; t < taps.per_pixel; t += kGrayTaps, weights += kGrayTaps, fine += kGrayTaps) {
      sums.Add(cv::v_reinterpret_as_s16(cv::v_load_expand(from + t)), cv::v_load(weights), cv::v_load(fine));
    }
    out[x] = cv::saturate_cast<std::uint8_t>((cv::v_reduce_sum(sums.Whole()) + kHalf) >> kFilterBits);
  }
}

/// Rows into one, row y of the result.
void Down(const std::uint8_t* const* rows, const Taps& taps, std::size_t y, int count, std::uint8_t* out) {
  const std::int16_t* weights = &taps.weights[y * static_cast<std::size_t>(taps.per_pixel)];
  const std::int16_t* fine = &taps.fine[y * static_cast<std::size_t>(taps.per_pixel)];
  int x = 0;
  for (; x + 16 <= count; x += 16) {
    Sums sums[4];
    for (int t = 0; t < taps.per_pixel; t += 2) {
      const cv::v_int16x8 coarse_pair = Both(weights + t);
      const cv::v_int16x8 fine_pair = Both(fine + t);
      cv::v_uint8x16 values[2];
      cv::v_zip(cv::v_load(rows[t] + x), cv::v_load(rows[t + 1] + x), values[0], values[1]);
      for (int i = 0; i < 2; ++i) {
        cv::v_uint16x8 low;
        cv::v_uint16x8 high;
        cv::v_expand(values[i], low, high);
        sums[2 * i].Add(cv::v_reinterpret_as_s16(low), coarse_pair, fine_pair);
        sums[2 * i + 1].Add(cv::v_reinterpret_as_s16(high), coarse_pair, fine_pair);
      }
    }
    cv::v_store(out + x, Pack(sums));
  }
  for (; x < count; ++x) {
    int sum = kHalf;
    for (int t = 0; t < taps.per_pixel; ++t) sum += rows[t][x] * (weights[t] * (1 << kFineBits) + fine[t]);
    out[x] = cv::saturate_cast<std::uint8_t>(sum >> kFilterBits);
  }
}

}  // namespace

/// Rows after the last are the last again; nobody gives them weight.
void FilterResizer::ResizeRowsAcross(const ImageView& source, const Taps& across, int first_row) {
  std::uint8_t* out[kRows];
  for (int r = 0; r < kRows; ++r) {
    const std::uint8_t* row = source.pixels + source.stride * std::min(first_row + r, source.height - 1);
    out[r] = RowAcross(first_row + r);
    if (source.format == PixelFormat::kGray) {
      std::memcpy(bytes_.data(), row, static_cast<std::size_t>(source.width));
      AcrossGray(bytes_.data(), across, out[r]);
    } else {
      LayInPairs(row, source.width, pairs_.data() + pairs_stride_ * r);
    }
  }
  if (source.format != PixelFormat::kGray) AcrossColor(pairs_.data(), pairs_stride_, across, out);
}

void FilterResizer::Resize(const ImageView& source, const Taps& across, const Taps& down, std::uint8_t* out,
                           std::size_t stride) {
  const bool gray = source.format == PixelFormat::kGray;
  const auto readable = static_cast<std::size_t>(source.width) + static_cast<std::size_t>(across.per_pixel);
  const auto count = static_cast<int>(across.first.size()) * (gray ? 1 : 3);
  if (gray) bytes_.resize(readable);
  pairs_stride_ = gray ? 0 : (readable / 2 + 1) * kPair;
  pairs_.resize(kRows * pairs_stride_);
  across_stride_ = static_cast<std::size_t>(count) + kPastRow;
  slots_ = down.per_pixel + kRows;
  across_.resize(static_cast<std::size_t>(slots_) * across_stride_);
  taps_.resize(static_cast<std::size_t>(down.per_pixel));
  int next = 0;
  for (std::size_t y = 0; y < down.first.size(); ++y, out += stride) {
    const int first = down.first[y];
    const int end = std::min(first + down.per_pixel, source.height);
    for (next = std::max(next, first); next < end; next += kRows) ResizeRowsAcross(source, across, next);
    for (int t = 0; t < down.per_pixel; ++t) taps_[static_cast<std::size_t>(t)] = RowAcross(first + t);
    Down(taps_.data(), down, y, count, out);
  }
}

}  // namespace amsel
