// ONNX Runtime, opened at run time so that one binary serves old and new releases and a vendor's own build.
#pragma once

#include <memory>
#include <string>

#include "amsel/backend.h"

namespace amsel {

/// How products of 8-bit numbers are added, which decides what int8 DNNs answer and how fast.
enum class Int8Products {
  kUsual,  ///< no x86: nothing to choose
  kVnni,   ///< the processor adds them in 32 bits
  kExact,  ///< ONNX Runtime's slower way that is as exact (session.x64quantprecision)
};

/// For this processor.
Int8Products ProductsHere();

/// As SessionInfo::int8 tells: "", "vnni", "x64quantprecision".
const char* Int8ProductsName(Int8Products products);

/// Opens ONNX Runtime: `library` when given, else $AMSEL_ONNXRUNTIME, else libonnxruntime.so.1 beside the amsel library
/// or the program, in ../lib of either, or on the system's library path, else the one that the build fetched. The error
/// names what was tried.
/// Sessions may Run() from several threads at once. Sets ORT_DISABLE_TELEMETRY=1 in the process's environment, once and
/// before it opens the first library, where the variable is not set: nothing is to be sent that nobody asked for.
Result<std::unique_ptr<Backend>> OpenOnnxRuntime(const std::string& library = "",
                                                 Int8Products products = ProductsHere());

}  // namespace amsel
