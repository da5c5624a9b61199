#include "profile/calibration_sample.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "image/image_reader.h"
#include "image/preprocess.h"
#include "stats/folds.h"

namespace amsel {
namespace {

using Positions = std::vector<std::size_t>;

constexpr std::size_t kLeastParts = 4;  // of which one calibrates

std::string GroupName(const LabelledImage& image, std::size_t position) {
  return image.group.empty() ? "image " + std::to_string(position) : "group " + image.group;
}

/// Of `parts` of them `kept` that are spread over all: whole groups, all classes in their proportion.
Positions SomeParts(const std::vector<LabelledImage>& images, const Positions& among, std::size_t parts,
                    std::size_t kept, std::uint64_t seed) {
  std::vector<int> labels;
  std::vector<int> groups;
  std::map<std::string, int> numbers;
  for (const std::size_t i : among) {
    labels.push_back(images[i].label);
    const auto next = static_cast<int>(numbers.size());
    groups.push_back(numbers.emplace(GroupName(images[i], i), next).first->second);
  }
  const std::vector<int> part_of = StratifiedGroupFolds(labels, groups, static_cast<int>(parts), seed);
  Positions some;
  for (std::size_t at = 0; at < among.size(); ++at) {
    const auto part = static_cast<std::size_t>(part_of[at]);
    if ((part + 1) * kept / parts > part * kept / parts) some.push_back(among[at]);
  }
  return some;
}

/// All where there are no more than `most`, or that is 0.
Positions AtMost(const std::vector<LabelledImage>& images, const Positions& among, std::size_t most,
                 std::uint64_t seed) {
  constexpr std::size_t kParts = 100;
  if (most == 0 || among.size() <= most) return among;
  return SomeParts(images, among, kParts, std::max<std::size_t>(1, kParts * most / among.size()), seed);
}

bool HasSplit(const LabelledImage& image, std::initializer_list<const char*> splits) {
  return std::any_of(splits.begin(), splits.end(), [&](const char* split) { return image.split == split; });
}

Positions ThoseThatMayCalibrate(const std::vector<LabelledImage>& images) {
  Positions among;
  std::set<std::string> groups;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!HasSplit(images[i], {"", "fit"})) continue;
    if (groups.insert(GroupName(images[i], i)).second) among.push_back(i);
  }
  return among;
}

}  // namespace

Result<CalibrationSample> DrawCalibrationSample(const std::vector<LabelledImage>& images,
                                                const SampleOptions& options) {
  const Positions may = ThoseThatMayCalibrate(images);
  if (may.size() < kLeastParts) {
    return BadInput("of the images " + std::to_string(may.size()) +
                    " may calibrate (of no split or of split fit, one a group): expected 4 or more");
  }
  CalibrationSample sample;
  std::set<std::string> groups;
  ImageReader reader;
  const std::size_t parts = std::max(kLeastParts, (may.size() + options.calibrate - 1) / options.calibrate);
  for (const std::size_t i : SomeParts(images, may, parts, 1, options.seed)) {
    const auto bytes = reader.Fetch(images[i].reference);
    if (!bytes.ok()) {
      sample.skipped.emplace_back(images[i].key, bytes.error().message);
      continue;
    }
    sample.calibrate.push_back(i);
    sample.keys.push_back(ContentKey(Sha256Hex(*bytes)));
    groups.insert(GroupName(images[i], i));
  }
  if (sample.calibrate.empty()) return BadInput("none of the images to calibrate on could be read");
  Positions others;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!HasSplit(images[i], {"test", "certify"}) && !groups.contains(GroupName(images[i], i))) others.push_back(i);
  }
  const std::set<std::string> seen(sample.keys.begin(), sample.keys.end());
  for (const std::size_t i : AtMost(images, others, options.judge, options.seed)) {
    const auto bytes = reader.Fetch(images[i].reference);
    if (bytes.ok() && !seen.contains(ContentKey(Sha256Hex(*bytes)))) sample.judge.push_back(i);
  }
  if (sample.judge.empty()) return BadInput("no image is left to judge by, beside those that calibrate");
  return sample;
}

Status WriteTensors(const Zoo& zoo, const std::vector<LabelledImage>& images, const SampleOptions& options,
                    const std::string& folder, CalibrationSample& sample) {
  std::vector<Preprocess> inputs;
  std::vector<Preprocessor> preprocessors;
  std::vector<std::ofstream> files;
  for (const ZooEntry& entry : zoo.entries) {
    inputs.push_back(entry.card.preprocess);
    preprocessors.emplace_back(entry.card.preprocess);
    files.emplace_back(folder + "/" + entry.card.name + ".tensor", std::ios::binary);
  }
  DecodeOptions decode = options.decode;
  decode.min_side = DecodeMinSide(inputs);
  ImageDecoder decoder(decode);
  ImageReader reader;
  const CalibrationSample drawn = std::exchange(sample, {{}, {}, sample.judge, sample.skipped});
  for (std::size_t n = 0; n < drawn.calibrate.size(); ++n) {
    const LabelledImage& listed = images[drawn.calibrate[n]];
    Image image;
    const auto bytes = reader.Fetch(listed.reference);
    const Status decoded = bytes.ok() ? decoder.Decode(*bytes, image) : Status(bytes.error());
    if (!decoded.ok()) {
      sample.skipped.emplace_back(listed.key, decoded.error().message);
      continue;
    }
    for (std::size_t c = 0; c < preprocessors.size(); ++c) {
      std::vector<char> tensor(TensorBytes(inputs[c]));
      preprocessors[c].Apply(image, std::as_writable_bytes(std::span(tensor)));
      files[c].write(tensor.data(), static_cast<std::streamsize>(tensor.size()));
    }
    sample.calibrate.push_back(drawn.calibrate[n]);
    sample.keys.push_back(drawn.keys[n]);
  }
  for (std::ofstream& file : files) {
    file.close();
    if (file.fail()) return RuntimeFailure(folder + ": the tensors could not be written");
  }
  if (!sample.calibrate.empty()) return {};
  return BadInput("none of the images to calibrate on could be decoded: " + sample.skipped.front().second);
}

}  // namespace amsel
