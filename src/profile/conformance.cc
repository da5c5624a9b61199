#include "profile/conformance.h"

#include <algorithm>
#include <functional>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kConformanceImages = 3;
constexpr std::size_t kMostTried = 1024;  // a DNN that fails on all of these is not looked at further

/// A DNN whose answers are recorded.
struct Answerer {
  std::int64_t id;          ///< in the profile
  const Preprocess* plain;  ///< views share tensors
  std::function<Status(std::span<const std::byte> tensor, std::vector<float>& values)> answer;
  int items = 0;  ///< that are on record
};

/// Puts the answer on record, where there is one.
Status Record(const Image& image, Answerer& dnn, ProfileStore& store) {
  Preprocessor preprocessor(*dnn.plain);
  const std::span<const std::uint8_t> resized = preprocessor.Resize(image);
  std::vector<std::byte> tensor(TensorBytes(*dnn.plain));
  preprocessor.Normalize(resized, tensor);
  std::vector<std::uint8_t> pixels(resized.begin(), resized.end());
  SwapToCardOrder(*dnn.plain, pixels);
  std::vector<float> values;
  if (!dnn.answer(tensor, values).ok()) return {};
  return store.PutConformance(dnn.id, dnn.items++, pixels, values);
}

}  // namespace

Status RecordConformance(const std::vector<LabelledImage>& images, ImageReader& reader, ImageDecoder& decoder,
                         std::vector<ProfiledCandidate>& candidates, const FeatureDnnTurn* feature_dnn,
                         ProfileStore& store) {
  std::vector<Answerer> dnns;
  for (ProfiledCandidate& one : candidates) {
    dnns.push_back({one.id, &one.runner.card().preprocess,
                    [&one](std::span<const std::byte> tensor, std::vector<float>& values) -> Status {
                      AMSEL_RETURN_IF_ERROR(one.runner.Infer(tensor));
                      values.resize(one.log_probs.size());
                      return one.runner.Canonical(values);
                    }});
  }
  if (feature_dnn != nullptr) {
    const FeatureDnnRunner& runner = feature_dnn->runner();
    dnns.push_back({kFeatureDnnId, &runner.card().preprocess,
                    [&runner](std::span<const std::byte> tensor, std::vector<float>& values) {
                      return runner.Run(tensor, values);
                    }});
  }
  for (std::size_t i = 0; i < std::min(images.size(), kMostTried); ++i) {
    if (std::all_of(dnns.begin(), dnns.end(), [](const Answerer& dnn) { return dnn.items == kConformanceImages; })) {
      break;
    }
    const auto bytes = reader.Fetch(images[i].reference);
    Image image;
    if (!bytes.ok() || !decoder.Decode(*bytes, image).ok()) continue;
    for (Answerer& dnn : dnns) {
      if (dnn.items < kConformanceImages) AMSEL_RETURN_IF_ERROR(Record(image, dnn, store));
    }
  }
  return {};
}

}  // namespace amsel
