#include "describe/samples.h"

#include <numeric>

#include "base/random.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::size_t kMostKeptBytes = std::size_t{1} << 30;

}  // namespace

Result<Samples> Samples::Draw(std::span<const LabelledImage> images, int count, std::uint64_t seed,
                              const DecodeOptions& decode) {
  std::vector<std::size_t> order(images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  random.Shuffle(order);
  Samples samples(decode);
  SampleReader reader(samples);
  std::size_t bytes = 0;
  for (const std::size_t i : order) {
    if (samples.size() == static_cast<std::size_t>(count)) break;
    Image image;
    if (const Status read = reader.Read(images[i], image); !read.ok()) {
      samples.skipped_.emplace_back(images[i].key, read.error().message);
      continue;
    }
    bytes += image.pixels.size();
    samples.listed_.push_back(images[i]);
    samples.labels_.push_back(images[i].label);
    samples.kept_.push_back(bytes <= kMostKeptBytes ? std::move(image) : Image());
  }
  if (samples.size() > 0) return samples;
  if (samples.skipped_.empty()) return BadInput("no image could be used: there is none");
  const auto& [key, reason] = samples.skipped_.front();
  return BadInput("no image could be used: " + (reason.starts_with(key) ? reason : key + ": " + reason));
}

Result<const Image*> SampleReader::Get(std::size_t i) {
  if (!samples_->kept_[i].empty()) return &samples_->kept_[i];
  AMSEL_RETURN_IF_ERROR(Read(samples_->listed_[i], current_));
  return &current_;
}

Status SampleReader::Read(const LabelledImage& listed, Image& image) {
  AMSEL_ASSIGN_OR_RETURN(const std::string encoded, reader_.Fetch(listed.reference));
  return decoder_.Decode(encoded, image);
}

}  // namespace amsel
