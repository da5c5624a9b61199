#include "profile/calibration.h"

#include <set>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "image/image_reader.h"

namespace amsel {
namespace {

constexpr const char* kFit = "fit";

/// Whether images of that split may not be among those that candidates were calibrated on.
bool Judges(const std::string& split) {
  return !split.empty() && split != kFit;
}

Error Contradiction(const std::string& source, const std::string& image, const std::string& split,
                    const std::string& candidate) {
  return BadInput(source + ": " + image + ": split `" + split + "`: expected fit or nothing, since candidate " +
                  candidate + " was calibrated on this image");
}

}  // namespace

void AddCalibration(const Card& card, CalibratedOn& calibrated) {
  if (!card.derivation) return;
  for (const std::string& key : card.derivation->calibration_images) calibrated.emplace(key, card.name);
}

Status MarkCalibrated(const CalibratedOn& calibrated, const std::vector<std::string>& contents, Outcomes& table) {
  if (calibrated.empty()) return {};
  std::set<int> groups;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const auto found = contents[i].empty() ? calibrated.end() : calibrated.find(ContentKey(contents[i]));
    if (found == calibrated.end()) continue;
    const OutcomeImage& image = table.images[i];
    if (Judges(image.split)) return Contradiction(table.source, image.key, image.split, found->second);
    groups.insert(table.groups[i]);
  }
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (!groups.contains(table.groups[i])) continue;
    table.images[i].split = kFit;
    table.images[i].fit_only = true;
  }
  return {};
}

Status CheckCalibration(const Zoo& zoo, const std::vector<LabelledImage>& images, const std::string& source) {
  CalibratedOn calibrated;
  for (const ZooEntry& entry : zoo.entries) AddCalibration(entry.card, calibrated);
  if (calibrated.empty()) return {};
  ImageReader reader;
  for (const LabelledImage& image : images) {
    if (!Judges(image.split)) continue;
    const auto bytes = reader.Fetch(image.reference);
    if (!bytes.ok()) continue;
    const auto found = calibrated.find(ContentKey(Sha256Hex(*bytes)));
    if (found != calibrated.end()) return Contradiction(source, image.key, image.split, found->second);
  }
  return {};
}

}  // namespace amsel
