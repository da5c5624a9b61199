// ONNX Runtime's execution providers by short names: "cpu", "cuda", "tensorrt", and whatever else a library has.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <string>
#include <vector>

#include "amsel/backend.h"

namespace amsel {

/// From the names that a library gives ("CUDAExecutionProvider" is "cuda"); "cpu" first, the rest in its order.
std::vector<std::string> ShortProviderNames(const std::vector<std::string>& available);

/// Key and value of what the provider is told: for "tensorrt" its cache of engines under `options.cache`, and 16 bits
/// where these are welcome; for "cuda" whether it may round to TF32.
std::vector<std::pair<std::string, std::string>> ProviderSettings(const std::string& provider,
                                                                  const SessionOptions& options);

/// Makes sessions run on `provider`, a short name of one that the library has. What it cannot run of a DNN goes to the
/// CPU, with "tensorrt" to CUDA first. Error where the provider cannot start here, or has no such precision.
Status AppendProvider(const std::string& provider, const SessionOptions& options, Ort::SessionOptions& session);

}  // namespace amsel
