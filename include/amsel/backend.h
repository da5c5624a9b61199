// What runs a DNN: two small interfaces, Backend (opens files) and Session (runs one DNN).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

enum class ElementType { kFloat32, kUint8, kInt8, kFloat16, kFloat64, kOther };

/// Bytes of one value; 0 of kOther.
constexpr std::size_t ElementBytes(ElementType type) {
  constexpr std::size_t kBytes[] = {4, 1, 1, 2, 8, 0};
  return kBytes[static_cast<std::size_t>(type)];
}

/// How a back end describes one input or output tensor of a DNN.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kOther;
  std::vector<std::int64_t> shape;  ///< −1 where a dimension is free (usually the batch); empty also: not known
  std::string type_name{};          ///< what the back end calls the type, for messages about kOther; may be empty
};

/// The inputs and outputs of a DNN as its file declares them, and how it was loaded. Inputs that have a default are not
/// among them.
struct SessionInfo {
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::string int8{};  ///< how products of 8-bit numbers are added here, see docs/backends.md; empty: not told
};

enum class GraphOptimization { kNone, kBasic, kExtended, kAll };

/// Whether a back end may compute with fewer bits than the DNN's file has. What it answers then is another thing than
/// what was profiled, until it has been compared.
enum class Precision { kFull, kHalf };

inline constexpr int kMostThreads = 1024;  ///< that one DNN may use

/// How a DNN is loaded.
struct SessionOptions {
  int threads = 1;  ///< intra-op threads
  GraphOptimization graph = GraphOptimization::kAll;
  std::string provider{};  ///< one of Backend::providers(); empty: the first
  Precision precision = Precision::kFull;
  std::string cache{};  ///< folder for what a provider compiles, so that it need not again; empty: none is kept
  /// A run that takes longer fails, where the back end can end one (ONNX Runtime can, plug-ins cannot); 0: no limit.
  std::chrono::milliseconds run_limit{0};
  /// Height and width of the DNN's image are free, whatever its file says, so that views of other sizes share the
  /// session. ONNX Runtime can; back ends that cannot refuse it.
  bool free_size = false;

  friend bool operator==(const SessionOptions&, const SessionOptions&) = default;
};

/// What a user asks of a candidate's back end and session. What is not set is as the bundle plans it, or the default.
struct SessionRequest {
  std::string backend{};  ///< "onnxruntime", the name of a plug-in or the path of one
  std::optional<int> threads;
  std::optional<GraphOptimization> graph;
  std::string provider{};
  std::optional<Precision> precision;
};

/// One loaded DNN. Engines share one between their threads, so that weights are in memory once.
class Session {
 public:
  virtual ~Session() = default;

  virtual const SessionInfo& info() const = 0;

  /// Whether Run() may be called by several threads at once; if not, callers take turns.
  virtual bool concurrent() const { return false; }

  /// Runs a batch. `input` holds `batch` tensors one after another, in the shape and type of
  /// info().inputs[input_index], ElementBytes a value, in the machine's byte order. Fills `output` with output
  /// `output_index` as float32 [batch × values], resizing it: floats of other widths are converted, of uint8 and int8
  /// the stored numbers are given.
  virtual Status Run(int input_index, std::span<const std::byte> input, int batch, int output_index,
                     std::vector<float>& output) = 0;
};

/// Opens DNN files. Thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;

  /// "onnxruntime", "fake", …
  virtual std::string name() const = 0;
  virtual std::string version() const = 0;

  /// What it can run DNNs on, by short names ("cpu", "cuda", …), the default first. Never empty.
  virtual std::vector<std::string> providers() const { return {"cpu"}; }

  /// Loads the DNN in file `path`. The error names the file and what the back end said; usage error for a provider that
  /// it lacks, which names those that it has. The session must not outlive the back end.
  virtual Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions& options) = 0;
};

}  // namespace amsel
