// ONNX Runtime, opened at run time so that one binary serves old and new releases and a vendor's own build.
#pragma once

#include <memory>
#include <string>

#include "amsel/backend.h"

namespace amsel {

/// Opens ONNX Runtime: `library` when given, else $AMSEL_ONNXRUNTIME, else libonnxruntime.so.1 beside the amsel library
/// or the program, in ../lib of either, or on the system's library path, else the one that the build fetched. The error
/// names what was tried.
/// Sessions may Run() from several threads at once. Sets ORT_DISABLE_TELEMETRY=1 in the process's environment, once and
/// before it opens the first library, where the variable is not set: nothing is to be sent that nobody asked for.
Result<std::unique_ptr<Backend>> OpenOnnxRuntime(const std::string& library = "");

}  // namespace amsel
