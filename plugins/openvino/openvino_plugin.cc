// OpenVINO as a back end of amsel (amsel/amsel_backend.h). Providers are OpenVINO's devices in lower case: "cpu",
// "gpu", "npu". Each DNN is compiled for one input at a time, which OpenVINO runs fastest; batches run one by one.
#include <openvino/openvino.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "amsel/amsel_backend.h"

namespace {

struct TensorFacts {
  std::string name;
  int type = AMSEL_OTHER_TYPE;
  std::string type_name;
  std::vector<std::int64_t> shape;
};

int TypeOf(const ov::element::Type& type) {
  if (type == ov::element::f32) return AMSEL_FLOAT32;
  if (type == ov::element::f16) return AMSEL_FLOAT16;
  if (type == ov::element::f64) return AMSEL_FLOAT64;
  if (type == ov::element::u8) return AMSEL_UINT8;
  return type == ov::element::i8 ? AMSEL_INT8 : AMSEL_OTHER_TYPE;
}

/// As ONNX calls it.
std::string NameOf(const ov::element::Type& type) {
  if (type == ov::element::boolean) return "bool";
  if (type == ov::element::bf16) return "bfloat16";
  if (type == ov::element::string) return "string";
  if (!type.is_integral_number()) return type.get_type_name();
  return (type.is_signed() ? "int" : "uint") + std::to_string(type.bitwidth());
}

template <typename T>
void Copy(const ov::Tensor& from, float* to) {
  const T* values = from.data<T>();
  std::transform(values, values + from.get_size(), to, [](T value) { return static_cast<float>(value); });
}

/// False for a type that amsel does not read.
bool CopyAsFloats(const ov::Tensor& from, float* to) {
  switch (TypeOf(from.get_element_type())) {
    case AMSEL_FLOAT32:
      Copy<float>(from, to);
      return true;
    case AMSEL_FLOAT16:
      Copy<ov::float16>(from, to);
      return true;
    case AMSEL_FLOAT64:
      Copy<double>(from, to);
      return true;
    case AMSEL_UINT8:
      Copy<std::uint8_t>(from, to);
      return true;
    case AMSEL_INT8:
      Copy<std::int8_t>(from, to);
      return true;
    default:
      return false;
  }
}

TensorFacts FactsOf(const ov::Output<const ov::Node>& port) {
  TensorFacts facts{port.get_names().empty() ? std::string() : port.get_any_name(),
                    TypeOf(port.get_element_type()),
                    NameOf(port.get_element_type()),
                    {}};
  if (port.get_partial_shape().rank().is_dynamic()) return facts;
  for (const ov::Dimension& dimension : port.get_partial_shape()) {
    facts.shape.push_back(dimension.is_static() ? dimension.get_length() : -1);
  }
  return facts;
}

std::string InCapitals(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string InLowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

/// A compiled DNN, and requests that are not in use: threads take one each.
struct amsel_session {
  std::vector<TensorFacts> inputs;  ///< as the file declares them
  std::vector<TensorFacts> outputs;
  ov::CompiledModel compiled;
  std::mutex mutex;
  std::vector<ov::InferRequest> idle;

  ov::InferRequest Take() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (idle.empty()) return compiled.create_infer_request();
    ov::InferRequest request = std::move(idle.back());
    idle.pop_back();
    return request;
  }
  void Give(ov::InferRequest request) {
    const std::lock_guard<std::mutex> lock(mutex);
    idle.push_back(std::move(request));
  }
};

namespace {

/// OpenVINO itself, and what the table points to.
struct Plugin {
  ov::Core core;
  std::string version = ov::get_openvino_version().buildNumber;
  std::vector<std::string> names;
  std::vector<const char*> providers;

  Plugin() {
    for (const std::string& device : core.get_available_devices()) names.push_back(InLowerCase(device));
    std::stable_partition(names.begin(), names.end(), [](const std::string& name) { return name == "cpu"; });
    for (const std::string& name : names) providers.push_back(name.c_str());
    providers.push_back(nullptr);
  }
};

amsel_backend_status Fail(amsel_backend_status status, const char* why, char* error, std::size_t error_size) {
  std::snprintf(error, error_size, "%s", why);
  return status;
}

ov::AnyMap PropertiesOf(const amsel_session_options& options, const std::string& device) {
  ov::AnyMap properties;
  properties.insert(ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY));
  // Without this OpenVINO takes bfloat16 where the processor has it.
  properties.insert(
      ov::hint::inference_precision(options.precision == AMSEL_PRECISION_HALF ? ov::element::f16 : ov::element::f32));
  if (device == "CPU") {
    properties.insert(ov::inference_num_threads(options.threads));
    properties.insert(ov::num_streams(1));
    properties.insert(ov::hint::enable_cpu_pinning(false));  // whoever calls decides where threads run
  }
  if (options.cache != nullptr) properties.insert(ov::cache_dir(options.cache));
  return properties;
}

amsel_backend_status Open(void* context, const char* path, const amsel_session_options* options,
                          amsel_session** session, char* error, std::size_t error_size) {
  *session = nullptr;
  auto& plugin = *static_cast<Plugin*>(context);
  try {
    const std::shared_ptr<ov::Model> model = plugin.core.read_model(path);
    auto opened = std::make_unique<amsel_session>();
    const ov::Model& declared = *model;
    for (const auto& port : declared.inputs()) opened->inputs.push_back(FactsOf(port));
    for (const auto& port : declared.outputs()) opened->outputs.push_back(FactsOf(port));
    std::map<std::size_t, ov::PartialShape> one_by_one;
    for (std::size_t i = 0; i < declared.inputs().size(); ++i) {
      ov::PartialShape shape = declared.input(i).get_partial_shape();
      if (shape.rank().is_static() && shape.size() > 0 && shape[0].is_dynamic()) shape[0] = 1;
      if (shape.is_dynamic()) throw std::invalid_argument("an input leaves other sizes free than the batch");
      one_by_one[i] = shape;
    }
    model->reshape(one_by_one);
    const std::string device = InCapitals(options->provider == nullptr ? plugin.names.front() : options->provider);
    opened->compiled = plugin.core.compile_model(model, device, PropertiesOf(*options, device));
    *session = opened.release();
    return AMSEL_BACKEND_OK;
  } catch (const std::exception& fault) {
    return Fail(AMSEL_BACKEND_BAD_INPUT, fault.what(), error, error_size);
  }
}

void Describe(const amsel_session* session, amsel_session_info* info) {
  info->input_count = static_cast<int>(session->inputs.size());
  info->output_count = static_cast<int>(session->outputs.size());
  info->concurrent = 1;
}

void Tell(const TensorFacts& facts, amsel_tensor_info* info) {
  info->name = facts.name.c_str();
  info->type = facts.type;
  info->rank = static_cast<int>(facts.shape.size());
  info->shape = facts.shape.data();
  // Releases of amsel before it had this field end there.
  if (info->size >= offsetof(amsel_tensor_info, type_name) + sizeof(info->type_name)) {
    info->type_name = facts.type_name.c_str();
  }
}

void DescribeInput(const amsel_session* session, int index, amsel_tensor_info* info) {
  Tell(session->inputs[static_cast<std::size_t>(index)], info);
}

void DescribeOutput(const amsel_session* session, int index, amsel_tensor_info* info) {
  Tell(session->outputs[static_cast<std::size_t>(index)], info);
}

amsel_backend_status Run(amsel_session* session, amsel_inference* inference, char* error, std::size_t error_size) {
  try {
    const auto input_index = static_cast<std::size_t>(inference->input_index);
    const auto& port = session->compiled.input(input_index);
    const ov::Tensor input(port.get_element_type(), port.get_shape(), const_cast<void*>(inference->input));
    if (input.get_byte_size() != inference->input_bytes) {
      return Fail(AMSEL_BACKEND_USAGE, "the input tensor has not the DNN's size", error, error_size);
    }
    ov::InferRequest request = session->Take();
    request.set_input_tensor(input_index, input);
    request.infer();
    const ov::Tensor output = request.get_output_tensor(static_cast<std::size_t>(inference->output_index));
    inference->count = output.get_size();
    const bool fits = output.get_size() <= inference->capacity;
    const bool read = !fits || CopyAsFloats(output, inference->output);
    session->Give(std::move(request));
    if (!read) return Fail(AMSEL_BACKEND_BAD_INPUT, "the output is of a type that cannot be read", error, error_size);
    return fits ? AMSEL_BACKEND_OK : AMSEL_BACKEND_MORE_ROOM;
  } catch (const std::exception& fault) {
    return Fail(AMSEL_BACKEND_RUNTIME, fault.what(), error, error_size);
  }
}

void Close(amsel_session* session) {
  delete session;
}

}  // namespace

extern "C" const amsel_backend_api* amsel_backend_entry(std::uint32_t host_abi) {
  if (host_abi != AMSEL_BACKEND_ABI) return nullptr;
  try {
    static Plugin plugin;
    if (plugin.names.empty()) return nullptr;
    static const amsel_backend_api table = {sizeof(amsel_backend_api),
                                            AMSEL_BACKEND_ABI,
                                            "openvino",
                                            plugin.version.c_str(),
                                            plugin.providers.data(),
                                            &plugin,
                                            Open,
                                            Describe,
                                            DescribeInput,
                                            DescribeOutput,
                                            Run,
                                            nullptr,
                                            Close};
    return &table;
  } catch (const std::exception&) {
    return nullptr;
  }
}
