#include "image/resize_plan.h"

#include <algorithm>
#include <cmath>

namespace amsel {
namespace {

SidePlan All(int length, int target) {
  return {0, length, target, 0, 0, target};
}

/// `side` pixels, a real number, in the middle.
SidePlan Middle(int length, double side, int target, bool rounds_down) {
  const int whole = static_cast<int>(std::clamp(std::round(side), 1.0, static_cast<double>(length)));
  return {(length - whole + (rounds_down ? 0 : 1)) / 2, whole, target, 0, 0, target};
}

ResizePlan Crop(const Preprocess& p, int width, int height) {
  double largest_width = width;
  double largest_height = height;
  if (largest_width * p.height >= largest_height * p.width) {
    largest_width = largest_height * p.width / p.height;
  } else {
    largest_height = largest_width * p.height / p.width;
  }
  return {Middle(width, p.center_crop_fraction * largest_width, p.width, p.crop_rounds_down),
          Middle(height, p.center_crop_fraction * largest_height, p.height, p.crop_rounds_down)};
}

/// torchvision's CenterCrop: pads what is too short, else cuts with Python's rounding, halves to even unless told.
SidePlan CropResized(int length, std::int64_t resized, int target, bool rounds_down) {
  if (resized < target) {
    const int count = static_cast<int>(resized);
    return {0, length, resized, 0, (target - count) / 2, count};
  }
  const std::int64_t down = (resized - target) / 2;
  const auto skipped =
      rounds_down ? down : static_cast<std::int64_t>(std::nearbyint(static_cast<double>(resized - target) / 2));
  return {0, length, resized, skipped, 0, target};
}

ResizePlan ResizeThenCrop(const Preprocess& p, int width, int height) {
  const auto resized = [&](int length) -> std::int64_t {
    const int shorter = std::min(width, height);
    return static_cast<std::int64_t>(static_cast<double>(p.resize_side) * length / shorter);
  };
  return {CropResized(width, resized(width), p.width, p.crop_rounds_down),
          CropResized(height, resized(height), p.height, p.crop_rounds_down)};
}

SidePlan Letterbox(int length, double ratio, int target) {
  const int count = static_cast<int>(std::clamp(std::nearbyint(length * ratio), 1.0, static_cast<double>(target)));
  const int at = static_cast<int>(std::nearbyint((target - count) / 2.0 - 0.1));
  return {0, length, count, 0, at, count};
}

}  // namespace

ResizePlan PlanResize(const Preprocess& p, int width, int height) {
  if (p.fit == Fit::kSquash) return {All(width, p.width), All(height, p.height)};
  if (p.fit == Fit::kLetterbox) {
    const double ratio = std::min(static_cast<double>(p.height) / height, static_cast<double>(p.width) / width);
    return {Letterbox(width, ratio, p.width), Letterbox(height, ratio, p.height)};
  }
  return p.resize_side > 0 ? ResizeThenCrop(p, width, height) : Crop(p, width, height);
}

}  // namespace amsel
