// An ONNX file freed of the size of its image, so that one DNN can see images of several sizes.
#pragma once

#include <string>
#include <string_view>

#include "amsel/result.h"

namespace amsel {

/// The model in `bytes` with height and width of its image input free: the input's sizes are named instead of counted,
/// what the file says of the shapes in between is left out, and an AveragePool over all of a map (of the file's fixed
/// size) becomes a GlobalAveragePool where the map has another size. Whether that answers as before, and other sizes at
/// all, only runs can tell. Data files are named as before. Bad input, beginning with `name`, where that is no ONNX
/// file, has no single input of four dimensions, or one that is not square.
Result<std::string> FreeOfSize(std::string_view bytes, const std::string& name);

}  // namespace amsel
