// What a DNN's file says of its card: names, layout, sizes, types, how many values it gives and of which kind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "amsel/backend.h"
#include "card/card.h"
#include "card/onnx_file.h"

namespace amsel {

struct DraftCard {
  Card card;               ///< without name, labels and preprocessing; kind as the file's last nodes suggest
  bool free_size = false;  ///< the file leaves height and width free: they are 0
  int values = 0;          ///< that it gives for an image; 0: the file does not say
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Of the session opened from `file`; `output` names one of several outputs, empty: the only one, or the only one that
/// gives as many values as there are `classes` (0: not known). Errors name the file, and what no card can say: inputs
/// that are no picture, several pictures, outputs among which none can be told to be the answer.
Result<DraftCard> DraftFrom(const SessionInfo& info, const std::string& file, const std::string& output, int classes);

}  // namespace amsel
