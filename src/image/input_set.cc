#include "image/input_set.h"

namespace amsel {

std::size_t InputSet::Add(const Preprocess& preprocess) {
  const auto [input, new_input] = input_by_key_.emplace(PreprocessKey(preprocess), inputs_.size());
  if (!new_input) return input->second;
  const auto [resized, new_size] = resized_by_key_.emplace(ResizeKey(preprocess), resized_.size());
  if (new_size) resized_.push_back({Resizer(preprocess), Denoiser(preprocess), {}, {}});
  inputs_.push_back({Normalizer(preprocess), TensorBytes(preprocess), {}, resized->second, /*ready=*/false});
  return input->second;
}

void InputSet::Forget() {
  for (Input& input : inputs_) input.ready = false;
  for (Resized& resized : resized_) resized.pixels = resized.smooth = {};
}

std::span<const std::byte> InputSet::Prepare(std::size_t input, const ImageView& image) {
  Input& wanted = inputs_[input];
  if (wanted.ready) return wanted.tensor;
  Resized& resized = resized_[wanted.resized];
  if (resized.pixels.empty()) resized.pixels = resized.resizer.Resize(image);
  const bool denoise = wanted.normalizer.spec().denoise;
  if (denoise && resized.smooth.empty()) resized.smooth = resized.denoiser.Apply(resized.pixels);
  wanted.tensor.resize(wanted.bytes);
  wanted.normalizer.Apply(denoise ? resized.smooth : resized.pixels, wanted.tensor);
  wanted.ready = true;
  return wanted.tensor;
}

std::span<const std::byte> InputSet::FromPixels(std::size_t input, std::span<const std::uint8_t> pixels) {
  Forget();
  inputs_[input].tensor.resize(inputs_[input].bytes);
  inputs_[input].normalizer.Apply(pixels, inputs_[input].tensor);
  return inputs_[input].tensor;
}

}  // namespace amsel
