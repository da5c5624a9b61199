// Applies a card's preprocessing: decoded image → the bytes of one input tensor.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "amsel/image.h"
#include "amsel/preprocess.h"
#include "amsel/result.h"

namespace amsel {

/// Bytes of one input tensor.
std::size_t TensorBytes(const Preprocess& preprocess);

/// Crops, resizes and normalises. Keeps its working memory between calls; not thread-safe.
class Preprocessor {
 public:
  explicit Preprocessor(const Preprocess& preprocess);
  ~Preprocessor();
  Preprocessor(Preprocessor&&) noexcept;
  Preprocessor& operator=(Preprocessor&&) noexcept;

  const Preprocess& spec() const { return spec_; }

  /// Crop and resize: 8-bit pixels [height × width × channels] in the card's channel order. The span is valid until the
  /// next call. `image` must not be empty.
  std::span<const std::uint8_t> Resize(const Image& image);

  /// Normalise such pixels into `tensor` (TensorBytes(spec()) long), in the card's layout and type.
  void Normalize(std::span<const std::uint8_t> pixels, std::span<std::byte> tensor) const;

  /// Both.
  void Apply(const Image& image, std::span<std::byte> tensor) { Normalize(Resize(image), tensor); }

 private:
  struct Scratch;
  template <typename T>
  void NormalizeAs(std::span<const std::uint8_t> pixels, T* out, const std::array<std::array<T, 256>, 3>& table) const;

  Preprocess spec_;
  std::array<std::array<float, 256>, 3> float_table_{};
  std::array<std::array<std::uint8_t, 256>, 3> byte_table_{};
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace amsel
