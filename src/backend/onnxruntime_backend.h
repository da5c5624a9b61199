// ONNX Runtime, opened at run time so that one binary serves old and new releases and a vendor's own build.
#pragma once

#include <memory>
#include <string>

#include "amsel/backend.h"

namespace amsel {

/// Opens ONNX Runtime: `library` when given, else $AMSEL_ONNXRUNTIME, else libonnxruntime.so.1 beside the amsel library
/// or the program, in ../lib of either, or on the system's library path, else the one that the build fetched. The error
/// names what was tried.
/// Sessions may Run() from several threads at once.
Result<std::unique_ptr<Backend>> OpenOnnxRuntime(const std::string& library = "");

}  // namespace amsel
