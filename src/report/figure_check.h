// Whether a block of data is a figure that the page can draw.
#pragma once

#include "base/json.h"

namespace amsel {

/// Records a fault in `figure` unless it is a figure as docs/formats/results.md describes them: of a known kind, with
/// the data of that kind.
void CheckFigure(JsonReader& figure);

/// Records a fault unless the field `id` can name a part of a page and a file: 1 to 64 of a-z, 0-9 and -.
void CheckId(JsonReader& object);

}  // namespace amsel
