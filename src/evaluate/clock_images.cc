#include "evaluate/clock_images.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "evaluate/rows.h"
#include "image/image_reader.h"

namespace amsel {

Result<ClockedImages> ImagesToClock(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                    const ClockOptions& options) {
  ClockedImages clocked;
  clocked.decode = options.decode;
  clocked.decode.min_side = bundle.manifest().decode_min_side;
  AMSEL_ASSIGN_OR_RETURN(const std::set<std::string> trained, bundle.TrainingImages());
  const bool has_test =
      std::any_of(images.begin(), images.end(), [](const LabelledImage& image) { return image.split == "test"; });
  ImageReader reader;
  std::vector<double> weights;
  for (const LabelledImage& image : images) {
    if (has_test && image.split != "test") continue;
    const auto bytes = reader.Fetch(image.reference);
    const auto decoded = bytes.ok() ? DecodeImage(*bytes, clocked.decode) : Result<Image>(bytes.error());
    if (!decoded.ok()) {
      if (options.strict) return BadInput(image.key + ": " + decoded.error().message);
      clocked.skipped.emplace_back(image.key, decoded.error().message);
      continue;
    }
    const std::string content = Sha256Hex(*bytes);
    if (!options.include_training && (image.split == "fit" || trained.contains(ContentKey(content)))) {
      ++clocked.left_out;
      continue;
    }
    clocked.listed.push_back(image);
    clocked.contents.push_back(content);
    weights.push_back(image.weight);
  }
  clocked.shares = ImageShares(weights);
  if (!clocked.listed.empty()) return clocked;
  return BadInput(clocked.left_out > 0
                      ? "the bundle was trained on every one of these images; give others, or --include-training"
                      : "no image could be used");
}

Result<ImageBlock> DecodeBlock(const ClockedImages& images, std::size_t begin, std::size_t end) {
  ImageReader reader;
  ImageBlock block{begin, {}};
  for (std::size_t i = begin; i < end; ++i) {
    AMSEL_ASSIGN_OR_RETURN(const std::string bytes, reader.Fetch(images.listed[i].reference));
    AMSEL_ASSIGN_OR_RETURN(Image image, DecodeImage(bytes, images.decode));
    block.images.push_back(std::move(image));
  }
  return block;
}

EvaluatedImages DescribeImages(const ClockedImages& images, int classes, std::size_t block_size) {
  EvaluatedImages described;
  described.classes = classes;
  std::map<std::string, int> groups;
  for (std::size_t i = 0; i < images.listed.size(); ++i) {
    const LabelledImage& image = images.listed[i];
    const std::string group = image.group.empty() ? "content " + images.contents[i] : "group " + image.group;
    described.labels.push_back(image.label);
    described.weights.push_back(image.weight);
    described.groups.push_back(groups.emplace(group, static_cast<int>(groups.size())).first->second);
    described.time_blocks.push_back(static_cast<int>(i / block_size));
  }
  return described;
}

}  // namespace amsel
