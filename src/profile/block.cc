#include "profile/block.h"

#include "base/status_macros.h"
#include "image/within_memory.h"

namespace amsel {
namespace {

constexpr std::size_t kMaxBlockBytes = std::size_t{512} << 20;  // of decoded pixels: large photos make blocks shorter
constexpr int kMostFacts = 256;

}  // namespace

std::size_t FitTogether(ImageReader& reader, const std::vector<std::string>& references, const DecodeOptions& decode) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (; count < references.size(); ++count) {
    const auto encoded = reader.Fetch(references[count]);
    const auto header = encoded.ok() ? ReadImageHeader(*encoded) : Result<ImageHeader>(encoded.error());
    if (header.ok()) bytes += static_cast<std::size_t>(DecodedBytes(*header, decode));
    if (count > 0 && bytes > kMaxBlockBytes) break;
  }
  return count;
}

Result<std::vector<Image>> DecodeTogether(ImageReader& reader, const std::vector<std::string>& references,
                                          const DecodeOptions& decode) {
  std::vector<Image> images;
  std::size_t bytes = 0;
  for (const std::string& reference : references) {
    if (bytes >= kMaxBlockBytes) break;
    AMSEL_ASSIGN_OR_RETURN(const std::string encoded, reader.Fetch(reference));
    AMSEL_ASSIGN_OR_RETURN(Image image, DecodeImage(encoded, decode));
    bytes += image.pixels.size();
    images.push_back(std::move(image));
  }
  return images;
}

Status RunTurn(ProfiledCandidate& candidate, const std::vector<const Image*>& images, const Clock& clock,
               const TurnSink& sink) {
  const auto prepare = [&](const Image& image) {
    return WithinMemory("preprocessing", [&] {
      candidate.preprocessor.Apply(image, candidate.tensor);
      return Status();
    });
  };
  for (const Image* image : images) {
    if (prepare(*image).ok() && candidate.runner.Infer(candidate.tensor).ok()) break;
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    const RunTimer preparing(clock, true);
    Status status = prepare(*images[i]);
    const Nanoseconds prepared = TimeOfOneThread(preparing.Stop());
    const RunTimer inferring(clock, candidate.on_cpu);
    if (status.ok()) status = candidate.runner.Infer(candidate.tensor);
    const TimedRun inferred = inferring.Stop();
    if (status.ok() && candidate.facts.rows() < kMostFacts) candidate.facts.Add(candidate.runner.raw());
    if (status.ok()) status = candidate.runner.Canonical(candidate.log_probs);
    const auto answer = status.ok() ? Result<std::span<const float>>(candidate.log_probs)
                                    : Result<std::span<const float>>(status.error());
    AMSEL_RETURN_IF_ERROR(sink(i, {prepared, inferred}, answer));
  }
  return {};
}

}  // namespace amsel
