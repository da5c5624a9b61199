// Views: one DNN on an altered image counts as a candidate of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "amsel/preprocess.h"
#include "amsel/result.h"

namespace amsel {

/// How a DNN sees the image.
struct View {
  enum class Kind {
    kIdentity,  ///< as its card says
    kHflip,     ///< mirrored
    kDenoise,   ///< smoothed, edges kept
    kSize,      ///< resized to `parameter` × `parameter` pixels where the card has another square
    kCrop,      ///< of the shorter side the share `parameter` is taken where the card takes another; 1: all
  };

  Kind kind = Kind::kIdentity;
  double parameter = 0;  ///< of kSize and kCrop

  bool is_identity() const { return kind == Kind::kIdentity; }
  bool is_size() const { return kind == Kind::kSize; }
  friend bool operator==(const View&, const View&) = default;
};

inline constexpr double kLargestViewSize = 8192;
inline constexpr double kLeastViewCrop = 0.05;

/// What ParseView takes, for messages.
inline constexpr const char* kViewForms = "identity, hflip, denoise, size:N or crop:F";

/// "identity", "hflip", "denoise", "size:160", "crop:0.875"; nothing for any other text.
std::optional<View> ParseView(std::string_view text);
std::string ViewText(const View& view);

/// `preprocess`, as a card says it, as the view needs it. Bad input, which says why, where the view means nothing for
/// this card or changes nothing: a size of what is not square, or its own; a crop of what is not cropped, or its own.
Result<Preprocess> InView(Preprocess preprocess, const View& view);

/// "resnet20", or "resnet20@size:28" for a view that is not identity.
std::string NameInView(const std::string& candidate, const View& view);

}  // namespace amsel
