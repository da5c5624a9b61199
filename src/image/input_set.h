// The input tensors of several candidates, prepared from one image: what two of them share is done once.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "image/preprocess.h"

namespace amsel {

/// Inputs of equal preprocessing are one; inputs that differ in normalisation, layout, colour order or mirroring alone
/// share their resized pixels, and the smoothed ones. Prepares nothing, and takes no memory for it, before it is asked
/// for. Not thread-safe.
class InputSet {
 public:
  /// Number of the input, for the calls below.
  std::size_t Add(const Preprocess& preprocess);

  /// From now on it is about another image.
  void Forget();

  /// Whether the input holds the current image.
  bool ready(std::size_t input) const { return inputs_[input].ready; }

  /// The tensor for `image` (BGR, not empty), which must be the same at each call until Forget(). Valid until then.
  std::span<const std::byte> Prepare(std::size_t input, const ImageView& image);

  /// The tensor for such resized pixels as Resizer gives. Forgets the current image.
  std::span<const std::byte> FromPixels(std::size_t input, std::span<const std::uint8_t> pixels);

 private:
  struct Resized {
    Resizer resizer;
    Denoiser denoiser;
    std::span<const std::uint8_t> pixels;  ///< of the current image; empty before they are needed
    std::span<const std::uint8_t> smooth;  ///< likewise, denoised
  };
  struct Input {
    Normalizer normalizer;
    std::size_t bytes = 0;          ///< of the tensor
    std::vector<std::byte> tensor;  ///< empty before it is first needed
    std::size_t resized = 0;
    bool ready = false;
  };

  std::vector<Input> inputs_;
  std::vector<Resized> resized_;
  std::map<std::string, std::size_t> input_by_key_;
  std::map<std::string, std::size_t> resized_by_key_;
};

}  // namespace amsel
