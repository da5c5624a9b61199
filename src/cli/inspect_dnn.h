// What `amsel inspect` says of a DNN's file.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"
#include "backend/backends.h"

namespace amsel {

struct DnnDescription {
  std::string text;                 ///< for people
  std::string json;                 ///< amsel.dnn/1 (docs/formats/card.md)
  std::vector<std::string> faults;  ///< of its data files
};

/// Describes an ONNX file (also where its data files are faulty) or, as a back end sees it, one whose name ends in
/// .ort. With `load` a back end opens an ONNX file too.
Result<DnnDescription> DescribeDnn(const std::string& file, const BackendChoice& choice, bool load);

}  // namespace amsel
