// An ONNX file: reading ends, within bounds, and what was read can be asked about.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "card/dnn_files.h"
#include "card/free_size.h"
#include "card/onnx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = amsel::ParseOnnx(bytes, "model.onnx");
  if (!file.ok()) return 0;
  for (const amsel::OnnxInput& input : file->inputs) {
    if (input.shape.size() != input.free_names.size() || input.steps.size() > 8) std::abort();
  }
  for (const amsel::OnnxOutput& output : file->outputs) {
    (void)amsel::LikelyKind(output);
    (void)amsel::StoredAs(output);
    if (output.steps.size() > 16) std::abort();
  }
  for (const auto& [location, least] : file->data_files) {
    if (location.empty()) std::abort();
    (void)amsel::CheckDataFileName(location);
  }
  const auto freed = amsel::FreeOfSize(bytes, "model.onnx");
  if (freed.ok() && !amsel::ParseOnnx(*freed, "freed.onnx").ok()) std::abort();
  return 0;
}
