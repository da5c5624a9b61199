// Applies a card's preprocessing: decoded image → the bytes of one input tensor.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "amsel/image.h"
#include "amsel/preprocess.h"
#include "image/denoise.h"
#include "image/resize.h"

namespace amsel {

/// Bytes of one input tensor.
std::size_t TensorBytes(const Preprocess& preprocess);

inline constexpr int kLargestDecodeMinSide = 1 << 20;

/// DecodeOptions::min_side for all of these inputs: a JPEG is reduced while decoding only where what each takes of it
/// still has two and a half times the sides that it is resized to, and image features lose nothing. 0 (never reduce)
/// where the size of an input is not known, or where it would be more than kLargestDecodeMinSide.
int DecodeMinSide(std::span<const Preprocess> inputs);

/// Resized pixels (see Resizer) → tensor: mirroring, colour order, normalisation, layout and type. Immutable.
class Normalizer {
 public:
  explicit Normalizer(const Preprocess& preprocess);

  const Preprocess& spec() const { return spec_; }

  /// `tensor` is TensorBytes(spec()) long.
  void Apply(std::span<const std::uint8_t> pixels, std::span<std::byte> tensor) const;

 private:
  template <typename T>
  void ApplyAs(const std::uint8_t* pixels, T* out, const std::array<std::array<T, 256>, 3>& table) const;

  Preprocess spec_;
  std::array<std::array<float, 256>, 3> float_table_{};
  std::array<std::array<std::uint16_t, 256>, 3> half_table_{};  ///< bits of float16
  std::array<std::array<std::uint8_t, 256>, 3> byte_table_{};
};

/// All of it for one card. Not thread-safe.
class Preprocessor {
 public:
  explicit Preprocessor(const Preprocess& preprocess)
      : resizer_(preprocess), denoiser_(preprocess), normalizer_(preprocess) {}

  const Preprocess& spec() const { return normalizer_.spec(); }

  /// See Resizer::Resize; smoothed for cards of that view.
  std::span<const std::uint8_t> Resize(const ImageView& image) {
    const std::span<const std::uint8_t> pixels = resizer_.Resize(image);
    return spec().denoise ? denoiser_.Apply(pixels) : pixels;
  }

  /// See Normalizer::Apply.
  void Normalize(std::span<const std::uint8_t> pixels, std::span<std::byte> tensor) const {
    normalizer_.Apply(pixels, tensor);
  }

  void Apply(const ImageView& image, std::span<std::byte> tensor) { Normalize(Resize(image), tensor); }

 private:
  Resizer resizer_;
  Denoiser denoiser_;
  Normalizer normalizer_;
};

/// The tensor of a picture of noise, the same for the same seed.
std::vector<std::byte> NoiseTensor(const Preprocess& preprocess, unsigned seed);

/// Exchanges first and third channel in place where the card's order is RGB: between resized pixels and pixels in the
/// card's order.
void SwapToCardOrder(const Preprocess& preprocess, std::span<std::uint8_t> pixels);

}  // namespace amsel
