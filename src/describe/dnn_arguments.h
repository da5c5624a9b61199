// Which DNNs somebody names, and what their candidates are called.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

struct NamedDnn {
  std::string name;  ///< of the candidate and its folder
  std::string file;
};

/// Each argument is FILE, NAME=FILE, or a folder, which stands for the .onnx and .ort files in it, in the order of
/// their names. Errors: a folder that holds none, a name that is no folder's, two DNNs of one name.
Result<std::vector<NamedDnn>> NamedDnns(const std::vector<std::string>& arguments);

/// A name for the candidate: the file's own, or that of its folder where files are called the same (`model.onnx`,
/// `1/model.onnx`, `onnx/model_quantized.onnx`); letters that do not go into a folder's name become `_`.
std::string NameFrom(const std::string& file);

}  // namespace amsel
