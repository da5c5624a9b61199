#include "profile/conformance.h"

#include <algorithm>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kConformanceImages = 3;
constexpr std::size_t kMostTried = 1024;  // a candidate that fails on all of these is not looked at further

/// Whether there is an answer, which is then on record.
Result<bool> Record(ProfiledCandidate& candidate, std::int64_t id, int item, const Image& image, ProfileStore& store) {
  const Preprocess& plain = candidate.runner.card().preprocess;  // views share tensors
  Preprocessor preprocessor(plain);
  const std::span<const std::uint8_t> resized = preprocessor.Resize(image);
  std::vector<std::byte> tensor(TensorBytes(plain));
  preprocessor.Normalize(resized, tensor);
  std::vector<std::uint8_t> pixels(resized.begin(), resized.end());
  SwapToCardOrder(plain, pixels);
  if (!candidate.runner.Infer(tensor).ok()) return false;
  if (!candidate.runner.Canonical(candidate.log_probs).ok()) return false;
  AMSEL_RETURN_IF_ERROR(store.PutConformance(id, item, pixels, candidate.log_probs));
  return true;
}

}  // namespace

Status RecordConformance(const std::vector<LabelledImage>& images, ImageReader& reader, ImageDecoder& decoder,
                         std::vector<ProfiledCandidate>& candidates, const std::vector<std::int64_t>& candidate_ids,
                         ProfileStore& store) {
  std::vector<int> items(candidates.size(), 0);
  for (std::size_t i = 0; i < std::min(images.size(), kMostTried); ++i) {
    if (std::all_of(items.begin(), items.end(), [](int count) { return count == kConformanceImages; })) break;
    const auto bytes = reader.Fetch(images[i].reference);
    Image image;
    if (!bytes.ok() || !decoder.Decode(*bytes, image).ok()) continue;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (items[c] == kConformanceImages) continue;
      AMSEL_ASSIGN_OR_RETURN(const bool recorded, Record(candidates[c], candidate_ids[c], items[c], image, store));
      items[c] += recorded ? 1 : 0;
    }
  }
  return {};
}

}  // namespace amsel
