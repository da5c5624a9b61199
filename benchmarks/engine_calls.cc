// What benchmarks/python_engine.py compares with: the same pixels answered by the C++ engine.
//   bench_engine_calls BUNDLE PIXELS ONNXRUNTIME
// PIXELS has for each image width and height (int32 each), then its RGB rows. For each line on stdin, the name of an
// operating point, answers all of them, one after another, and prints the seconds that it took.
#include <fmt/core.h>

#include <cstdint>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "amsel/engine.h"
#include "backend/onnxruntime_backend.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "image/threads.h"

namespace amsel {
namespace {

std::vector<ImageView> ViewsOf(const std::string& bytes) {
  std::vector<ImageView> views;
  for (std::size_t at = 0; at < bytes.size();) {
    std::int32_t size[2];
    std::memcpy(size, bytes.data() + at, sizeof size);
    at += sizeof size;
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(bytes.data() + at);
    views.emplace_back(PixelFormat::kRgb, size[0], size[1], pixels);
    at += std::size_t{3} * static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]);
  }
  return views;
}

Status Main(const std::string& bundle, const std::string& pixels, const std::string& onnxruntime) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, OpenOnnxRuntime(onnxruntime));
  EngineOptions options;
  options.session.threads = 1;
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(bundle, *backend, options));
  AMSEL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(pixels));
  const std::vector<ImageView> images = ViewsOf(bytes);
  engine.Preload();
  const SteadyClock clock;
  for (std::string point; std::getline(std::cin, point);) {
    AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(point));
    const Nanoseconds start = clock.Now();
    for (const ImageView& image : images) AMSEL_RETURN_IF_ERROR(engine.Run(image));
    fmt::print("{}\n", Milliseconds(clock.Now() - start) / 1e3);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print("bench_engine_calls: skipped: benchmarks/python_engine.py runs it\n");
    return 0;
  }
  const amsel::Status status = amsel::Main(argv[1], argv[2], argv[3]);
  if (!status.ok()) fmt::print(stderr, "bench_engine_calls: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
