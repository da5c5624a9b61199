// Which pixels of a picture become which of a DNN's input, for every way that a card can ask for.
#pragma once

#include <cstdint>

#include "amsel/preprocess.h"

namespace amsel {

/// One side of a picture, and of the result.
struct SidePlan {
  int from = 0;              ///< what is resized begins at this pixel of the picture
  int length = 1;            ///< and is so many pixels long; nothing beyond them is read
  std::int64_t resized = 1;  ///< how many pixels they become
  std::int64_t skipped = 0;  ///< of those, so many at the beginning are not taken
  int at = 0;                ///< where in the result the first taken one stands; what is before it is padding
  int count = 1;             ///< how many are taken; what is after them is padding

  friend bool operator==(const SidePlan&, const SidePlan&) = default;
};

struct ResizePlan {
  SidePlan across;
  SidePlan down;

  friend bool operator==(const ResizePlan&, const ResizePlan&) = default;
};

/// For a picture of width × height, neither less than 1, as docs/formats/card.md says. Height and width of `preprocess`
/// are known.
ResizePlan PlanResize(const Preprocess& preprocess, int width, int height);

}  // namespace amsel
