#include "card/view.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace amsel {
namespace {

struct Form {
  std::string_view name;
  View::Kind kind;
  bool has_parameter;
};
constexpr Form kForms[] = {{"identity", View::Kind::kIdentity, false},
                           {"hflip", View::Kind::kHflip, false},
                           {"denoise", View::Kind::kDenoise, false},
                           {"size", View::Kind::kSize, true},
                           {"crop", View::Kind::kCrop, true}};

std::string NumberText(double number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

bool InRange(const View& view) {
  if (view.kind == View::Kind::kCrop) return view.parameter >= kLeastViewCrop && view.parameter <= 1;
  return view.parameter >= 1 && view.parameter <= kLargestViewSize && view.parameter == std::floor(view.parameter);
}

Result<Preprocess> Resized(Preprocess p, int side) {
  if (p.height != p.width) return BadInput("its input is not square");
  if (p.height == side) return BadInput("that is its own size");
  if (p.resize_side > 0)
    p.resize_side = std::max(side, static_cast<int>(std::lround(1.0 * p.resize_side * side / p.height)));
  p.height = p.width = side;
  return p;
}

/// With a resize_side the share is the input's shorter side of it: that of a square, as nearly as pixels allow.
Result<Preprocess> Cropped(Preprocess p, double share) {
  if (p.fit != Fit::kCrop) return BadInput("its card takes the whole picture already (`preprocess.fit`)");
  if (p.resize_side == 0) {
    if (p.center_crop_fraction == share) return BadInput("that is what its card takes");
    p.center_crop_fraction = share;
    return p;
  }
  const int side = static_cast<int>(std::lround(std::min(p.height, p.width) / share));
  if (p.resize_side == side) return BadInput("that is what its card takes");
  p.resize_side = side;
  return p;
}

}  // namespace

std::optional<View> ParseView(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto form = std::find_if(std::begin(kForms), std::end(kForms),
                                 [&](const Form& known) { return known.name == text.substr(0, colon); });
  if (form == std::end(kForms) || form->has_parameter != (colon != std::string_view::npos)) return {};
  View view{form->kind, 0};
  if (form->has_parameter) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), view.parameter);
    if (fault != std::errc() || end != number.data() + number.size() || !InRange(view)) return {};
  }
  return view;
}

std::string ViewText(const View& view) {
  const Form& form = kForms[static_cast<int>(view.kind)];
  std::string text(form.name);
  if (form.has_parameter) text.append(":").append(NumberText(view.parameter));
  return text;
}

Result<Preprocess> InView(Preprocess preprocess, const View& view) {
  if (view.is_size()) return Resized(preprocess, static_cast<int>(view.parameter));
  if (view.kind == View::Kind::kCrop) return Cropped(preprocess, view.parameter);
  preprocess.mirror = view.kind == View::Kind::kHflip;
  preprocess.denoise = view.kind == View::Kind::kDenoise;
  return preprocess;
}

std::string NameInView(const std::string& candidate, const View& view) {
  return view.is_identity() ? candidate : candidate + "@" + ViewText(view);
}

}  // namespace amsel
