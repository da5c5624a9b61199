#include "backend/onnxruntime_backend.h"

#include <dlfcn.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>

#include "backend/backends.h"
#include "backend/onnxruntime_providers.h"
#include "backend/own_folders.h"
#include "backend/run_watch.h"
#include "backend/tensor_values.h"
#include "base/device.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "card/free_size.h"

namespace amsel {
namespace {

constexpr std::uint32_t kApiLevel = 17;     // the lowest that has all we call; Jetson's releases have it
constexpr const char* kUnfused = ":basic";  // behind the name of the exact way

struct KnownType {
  ONNXTensorElementDataType onnx;
  ElementType type;
};
constexpr KnownType kKnownTypes[] = {{ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, ElementType::kFloat32},
                                     {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, ElementType::kUint8},
                                     {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, ElementType::kInt8},
                                     {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, ElementType::kFloat16},
                                     {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, ElementType::kFloat64}};

ElementType ToElementType(ONNXTensorElementDataType type) {
  for (const KnownType& known : kKnownTypes) {
    if (known.onnx == type) return known.type;
  }
  return ElementType::kOther;
}

ONNXTensorElementDataType FromElementType(ElementType type) {
  for (const KnownType& known : kKnownTypes) {
    if (known.type == type) return known.onnx;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

/// The name of the enumerator, in small letters; newer releases than our header may have more.
std::string NameOf(ONNXTensorElementDataType type) {
  constexpr const char* kNames[] = {"undefined",      "float32",  "uint8",        "int8",           "uint16",
                                    "int16",          "int32",    "int64",        "string",         "bool",
                                    "float16",        "float64",  "uint32",       "uint64",         "complex64",
                                    "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
                                    "float8e5m2fnuz", "uint4",    "int4"};
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(kNames) ? kNames[at] : "of ONNX type " + std::to_string(at);
}

std::string NameOf(ONNXType type) {
  constexpr const char* kNames[] = {"of no known type", "a tensor",        "a sequence", "a map",
                                    "opaque",           "a sparse tensor", "optional"};
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(kNames) ? kNames[at] : kNames[0];
}

TensorInfo Describe(const char* name, const Ort::TypeInfo& type) {
  TensorInfo info{name, ElementType::kOther, {}, NameOf(type.GetONNXType())};
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return info;
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  info.type = ToElementType(tensor.GetElementType());
  info.type_name = NameOf(tensor.GetElementType());
  info.shape = tensor.GetShape();
  return info;
}

/// Sizes that the file leaves free, from the number of `values`: one alone, or the two of a square.
Status FillFreeSizes(std::int64_t values, std::vector<std::int64_t>& shape) {
  std::int64_t known = 1;
  std::vector<std::int64_t*> free;
  for (std::int64_t& size : shape) {
    if (size < 0) {
      free.push_back(&size);
    } else {
      known *= size;
    }
  }
  if (free.empty()) return {};
  const std::int64_t product = known > 0 ? values / known : 0;
  const std::int64_t each =
      free.size() == 1 ? product : static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(product))));
  if (free.size() > 2 || product < 1 || product * known != values || (free.size() == 2 && each * each != product)) {
    return BadInput("the file leaves sizes of its input free that cannot be told");
  }
  for (std::int64_t* size : free) *size = each;
  return {};
}

class OnnxRuntimeSession final : public Session {
 public:
  OnnxRuntimeSession(Ort::Session session, std::string int8, std::shared_ptr<RunWatch> watch)
      : session_(std::move(session)),
        watch_(std::move(watch)),
        memory_(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault)) {
    info_.int8 = std::move(int8);
    const Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
      info_.inputs.push_back(
          Describe(session_.GetInputNameAllocated(i, allocator).get(), session_.GetInputTypeInfo(i)));
    }
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      info_.outputs.push_back(
          Describe(session_.GetOutputNameAllocated(i, allocator).get(), session_.GetOutputTypeInfo(i)));
    }
  }

  const SessionInfo& info() const override { return info_; }
  bool concurrent() const override { return true; }

  Status Run(int input_index, std::span<const std::byte> input, int batch, int output_index,
             std::vector<float>& output) override {
    const TensorInfo& in = info_.inputs[static_cast<std::size_t>(input_index)];
    const TensorInfo& out = info_.outputs[static_cast<std::size_t>(output_index)];
    std::vector<std::int64_t> shape = in.shape;
    if (!shape.empty()) shape.front() = batch;
    const std::size_t bytes_each = std::max<std::size_t>(ElementBytes(in.type), 1);
    AMSEL_RETURN_IF_ERROR(FillFreeSizes(static_cast<std::int64_t>(input.size() / bytes_each), shape));
    Ort::RunOptions run{nullptr};  // outlives what may end it
    std::optional<RunWatch::Watched> watched;
    try {
      if (watch_ != nullptr) {
        run = Ort::RunOptions();
        watched.emplace(*watch_, [&run] { run.SetTerminate(); });
      }
      const Ort::Value tensor = Ort::Value::CreateTensor(memory_, const_cast<std::byte*>(input.data()), input.size(),
                                                         shape.data(), shape.size(), FromElementType(in.type));
      const char* input_name = in.name.c_str();
      const char* output_name = out.name.c_str();
      const auto results = session_.Run(run, &input_name, &tensor, 1, &output_name, 1);
      const std::size_t count = results[0].GetTensorTypeAndShapeInfo().GetElementCount();
      if (count > static_cast<std::size_t>(kMostOutputValues)) {
        return RuntimeFailure("output `" + out.name + "` has " + std::to_string(count) + " values, expected at most " +
                              std::to_string(kMostOutputValues));
      }
      if (!ToFloats(out.type, results[0].GetTensorRawData(), count, output)) {
        return BadInput("output `" + out.name + "` is " + TypeText(out) + ", no number that can be read");
      }
    } catch (const std::exception& fault) {
      if (watched && watched->ended()) {
        return RuntimeFailure("a run took longer than " + std::to_string(watch_->limit().count()) +
                              " ms and was ended");
      }
      return RuntimeFailure(std::string("ONNX Runtime: ") + fault.what());
    }
    return {};
  }

 private:
  Ort::Session session_;
  std::shared_ptr<RunWatch> watch_;  ///< null: runs have no limit
  Ort::MemoryInfo memory_;
  SessionInfo info_;
};

/// Whether the file is of ONNX Runtime's own format. By itself the library goes by the name's ending, and in a bundle
/// every DNN is called model.onnx.
bool IsOrtFormat(const std::string& path) {
  constexpr std::string_view kIdentifier = "ORTM";  // after the offset with which every FlatBuffers file begins
  char head[8] = {};
  std::ifstream(path, std::ios::binary).read(head, sizeof head);
  return std::string_view(head + 4, 4) == kIdentifier;
}

Result<std::string> FreedFile(const std::string& path) {
  if (IsOrtFormat(path)) {
    return BadInput(path + ": is in ONNX Runtime's own format: its image cannot have another size");
  }
  AMSEL_ASSIGN_OR_RETURN(const std::string file, ReadFile(path));
  return FreeOfSize(file, path);
}

class OnnxRuntimeBackend final : public Backend {
 public:
  OnnxRuntimeBackend(std::string version, Int8Products products)
      : version_(std::move(version)),
        products_(products),
        environment_(ORT_LOGGING_LEVEL_FATAL, "amsel"),  // what fails is thrown as well
        providers_(ShortProviderNames(Ort::GetAvailableProviders())) {}

  std::string name() const override { return kOnnxRuntime; }
  std::string version() const override { return version_; }
  std::vector<std::string> providers() const override { return providers_; }

  Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions& options) override {
    AMSEL_RETURN_IF_ERROR(CheckProvider(*this, options.provider));
    const bool on_cpu = RunsOnCpu(*this, options);
    const bool exact = products_ == Int8Products::kExact;
    auto session = OpenWith(path, options, on_cpu ? Int8ProductsName(products_) : "");
    if (session.ok() || !exact || options.graph <= GraphOptimization::kBasic) return session;
    // Asked to be exact, it cannot fuse some DNNs whose 8-bit weights share a zero point; unfused they are exact
    // anyway.
    SessionOptions unfused = options;
    unfused.graph = GraphOptimization::kBasic;
    auto again = OpenWith(path, unfused, on_cpu ? std::string(Int8ProductsName(products_)) + kUnfused : "");
    return again.ok() ? std::move(again) : std::move(session);
  }

 private:
  Result<std::unique_ptr<Session>> OpenWith(const std::string& path, const SessionOptions& options, std::string int8) {
    constexpr GraphOptimizationLevel kLevels[] = {ORT_DISABLE_ALL, ORT_ENABLE_BASIC, ORT_ENABLE_EXTENDED,
                                                  ORT_ENABLE_ALL};
    try {
      Ort::SessionOptions session_options;
      session_options.SetIntraOpNumThreads(options.threads);
      session_options.SetInterOpNumThreads(1);
      // Threads that spin between the runs of one candidate take the processors from the next.
      session_options.AddConfigEntry("session.intra_op.allow_spinning", "0");
      if (products_ == Int8Products::kExact) session_options.AddConfigEntry("session.x64quantprecision", "1");
      session_options.SetGraphOptimizationLevel(kLevels[static_cast<int>(options.graph)]);
      if (IsOrtFormat(path)) session_options.AddConfigEntry("session.load_model_format", "ORT");
      AMSEL_RETURN_IF_ERROR(AppendProvider(ProviderOf(*this, options), options, session_options));
      AMSEL_ASSIGN_OR_RETURN(Ort::Session session, OpenFile(path, options, session_options));
      return std::unique_ptr<Session>(
          std::make_unique<OnnxRuntimeSession>(std::move(session), std::move(int8), WatchFor(options.run_limit)));
    } catch (const std::exception& fault) {
      return BadInput(path + ": cannot be loaded: " + fault.what());
    }
  }

  Result<Ort::Session> OpenFile(const std::string& path, const SessionOptions& options,
                                Ort::SessionOptions& session_options) {
    if (!options.free_size) return Ort::Session(environment_, path.c_str(), session_options);
    AMSEL_ASSIGN_OR_RETURN(const std::string freed, FreedFile(path));
    const std::string folder = std::filesystem::path(path).parent_path().string();  // of the data files that it names
    session_options.AddConfigEntry("session.model_external_initializers_file_folder_path", folder.c_str());
    return Ort::Session(environment_, freed.data(), freed.size(), session_options);
  }

  /// One for all sessions of a limit; null without one.
  std::shared_ptr<RunWatch> WatchFor(std::chrono::milliseconds limit) {
    if (limit.count() == 0) return nullptr;
    const MutexLock lock(mutex_);
    std::shared_ptr<RunWatch>& watch = watches_[limit];
    if (watch == nullptr) watch = std::make_shared<RunWatch>(limit, clock_);
    return watch;
  }

  SteadyClock clock_;  ///< of the watches
  Mutex mutex_;
  std::map<std::chrono::milliseconds, std::shared_ptr<RunWatch>> watches_ AMSEL_GUARDED_BY(mutex_);
  std::string version_;
  Int8Products products_;
  Ort::Env environment_;
  std::vector<std::string> providers_;
};

std::vector<std::string> PlacesToLook(const std::string& library) {
  if (!library.empty()) return {library};
  if (const char* named = std::getenv("AMSEL_ONNXRUNTIME"); named != nullptr && *named != '\0') return {named};
  std::vector<std::string> places;
  std::error_code failure;
  for (const std::filesystem::path& folder : OwnFolders()) {
    for (const char* relative : {"libonnxruntime.so.1", "../lib/libonnxruntime.so.1"}) {
      if (const auto beside = folder / relative; std::filesystem::exists(beside, failure)) {
        places.push_back(beside.string());
      }
    }
  }
  places.emplace_back("libonnxruntime.so.1");
  if (const std::string fallback = AMSEL_ONNXRUNTIME_FALLBACK; !fallback.empty()) places.push_back(fallback);
  return places;
}

/// The C++ wrapper keeps the table of functions for the whole process: the first stays. False for another one.
bool TakeApi(const OrtApi* api) {
  static std::mutex mutex;
  static const OrtApi* taken = nullptr;
  const std::lock_guard lock(mutex);
  if (taken == nullptr) Ort::InitApi(taken = api);
  return taken == api;
}

/// Some builds of ONNX Runtime write a device's id and events under the user's cache folder and send them on. They are
/// asked not to before the library is opened, unless the user has said otherwise.
void KeepQuiet() {
  static std::once_flag once;
  std::call_once(once, [] { ::setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/0); });
}

}  // namespace

/// x86 without VNNI adds products of 8-bit numbers in 16 bits, which overflow: int8 DNNs lost up to three points. The
/// exact way takes 2.7 times as long where there is VNNI, which gives the same anyway.
Int8Products ProductsHere() {
  if (!IsX86()) return Int8Products::kUsual;
  return HasVnni() ? Int8Products::kVnni : Int8Products::kExact;
}

const char* Int8ProductsName(Int8Products products) {
  constexpr const char* kNames[] = {"", "vnni", "x64quantprecision"};
  return kNames[static_cast<int>(products)];
}

Result<std::unique_ptr<Backend>> OpenOnnxRuntime(const std::string& library, Int8Products products) {
  KeepQuiet();
  std::string tried;
  for (const std::string& place : PlacesToLook(library)) {
    void* handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: sessions live in it
    if (handle == nullptr) {
      tried += "\n  " + std::string(dlerror());
      continue;
    }
    const auto get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
    const OrtApiBase* base = get_base == nullptr ? nullptr : get_base();
    const OrtApi* api = base == nullptr ? nullptr : base->GetApi(kApiLevel);
    if (api == nullptr) {
      tried += "\n  " + place + ": is not ONNX Runtime 1.17 or newer";
      continue;
    }
    if (!TakeApi(api)) {
      return UsageError(place + ": another ONNX Runtime is in use in this process, and there can be one only");
    }
    try {
      return std::unique_ptr<Backend>(std::make_unique<OnnxRuntimeBackend>(base->GetVersionString(), products));
    } catch (const std::exception& fault) {
      return RuntimeFailure(place + ": " + fault.what());
    }
  }
  return RuntimeFailure(
      "ONNX Runtime cannot be opened (`pip install onnxruntime` beside the Python package, or name its library with "
      "--ort or $AMSEL_ONNXRUNTIME); tried:" +
      tried);
}

}  // namespace amsel
