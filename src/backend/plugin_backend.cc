#include "backend/plugin_backend.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "backend/backends.h"
#include "backend/tensor_values.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr const char* kEntry = "amsel_backend_entry";
// Of version 1: what the first structs ended with, and what a plug-in must have filled at least.
constexpr std::size_t kTableSize = offsetof(amsel_backend_api, close) + sizeof(amsel_backend_api::close);
constexpr int kMostTensors = 4096;
constexpr int kMostDimensions = 16;

ErrorKind KindOf(amsel_backend_status status) {
  if (status == AMSEL_BACKEND_USAGE) return ErrorKind::kUsage;
  return status == AMSEL_BACKEND_BAD_INPUT ? ErrorKind::kBadInput : ErrorKind::kRuntime;
}

/// Room for what a plug-in says of a failure.
class ErrorText {
 public:
  char* data() { return text_.data(); }
  std::size_t size() const { return text_.size(); }
  std::string Get(amsel_backend_status status) const {
    const std::string text(text_.data(), ::strnlen(text_.data(), text_.size()));
    return text.empty() ? "failed without saying why (status " + std::to_string(status) + ")" : text;
  }

 private:
  std::array<char, 2048> text_{};
};

ElementType ElementTypeOfTable(int type) {
  switch (type) {
    case AMSEL_FLOAT32:
      return ElementType::kFloat32;
    case AMSEL_UINT8:
      return ElementType::kUint8;
    case AMSEL_INT8:
      return ElementType::kInt8;
    case AMSEL_FLOAT16:
      return ElementType::kFloat16;
    case AMSEL_FLOAT64:
      return ElementType::kFloat64;
    default:
      return ElementType::kOther;
  }
}

class PluginSession final : public Session {
 public:
  PluginSession(const amsel_backend_api& table, std::string name, amsel_session* session)
      : table_(table), name_(std::move(name)), session_(session) {}
  PluginSession(const PluginSession&) = delete;
  PluginSession& operator=(const PluginSession&) = delete;
  ~PluginSession() override { table_.close(session_); }

  /// Asks what the DNN has.
  Status Describe() {
    amsel_session_info info{sizeof(amsel_session_info), 0, 0, 0};
    table_.describe(session_, &info);
    if (info.input_count < 1 || info.output_count < 1 || info.input_count > kMostTensors ||
        info.output_count > kMostTensors) {
      return Fault("describe: gave " + std::to_string(info.input_count) + " inputs and " +
                   std::to_string(info.output_count) + " outputs");
    }
    concurrent_ = info.concurrent != 0;
    for (int i = 0; i < info.input_count; ++i) {
      AMSEL_RETURN_IF_ERROR(Describe(table_.describe_input, "describe_input", i, info_.inputs));
    }
    for (int i = 0; i < info.output_count; ++i) {
      AMSEL_RETURN_IF_ERROR(Describe(table_.describe_output, "describe_output", i, info_.outputs));
    }
    return {};
  }

  const SessionInfo& info() const override { return info_; }
  bool concurrent() const override { return concurrent_; }

  Status Run(int input_index, std::span<const std::byte> input, int batch, int output_index,
             std::vector<float>& output) override {
    if (batch == 1) return Call(table_.run, input_index, input, 1, output_index, output);
    if (table_.batch != nullptr) return Call(table_.batch, input_index, input, batch, output_index, output);
    std::vector<float> all;
    const std::size_t bytes = input.size() / static_cast<std::size_t>(batch);
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
      AMSEL_RETURN_IF_ERROR(Call(table_.run, input_index, input.subspan(i * bytes, bytes), 1, output_index, output));
      all.insert(all.end(), output.begin(), output.end());
    }
    output = std::move(all);
    return {};
  }

 private:
  using DescribeFunction = decltype(amsel_backend_api::describe_input);
  using RunFunction = decltype(amsel_backend_api::run);

  Error Fault(const std::string& what) const { return RuntimeFailure(name_ + ": " + what); }

  Status Describe(DescribeFunction function, const char* function_name, int index, std::vector<TensorInfo>& into) {
    amsel_tensor_info tensor{sizeof(amsel_tensor_info), nullptr, AMSEL_OTHER_TYPE, 0, nullptr, nullptr};
    function(session_, index, &tensor);
    const bool shaped = tensor.rank >= 0 && tensor.rank <= kMostDimensions && (tensor.rank == 0 || tensor.shape);
    if (tensor.name == nullptr || !shaped) {
      return Fault(std::string(function_name) + ": gave tensor " + std::to_string(index) + " no name or no shape");
    }
    into.push_back({tensor.name,
                    ElementTypeOfTable(tensor.type),
                    {tensor.shape, tensor.shape + tensor.rank},
                    tensor.type_name == nullptr ? "" : tensor.type_name});
    return {};
  }

  /// Values that the output is declared to have; 0 where that is free, or too much to be true.
  std::size_t ExpectedValues(int output_index, int batch) const {
    const std::int64_t each = DeclaredValues(info_.outputs[static_cast<std::size_t>(output_index)]).value_or(0);
    return each > kMostOutputValues / batch ? 0 : static_cast<std::size_t>(each * batch);
  }

  Status Call(RunFunction function, int input_index, std::span<const std::byte> input, int batch, int output_index,
              std::vector<float>& output) {
    output.resize(std::max({ExpectedValues(output_index, batch), output.size(), std::size_t{1}}));
    ErrorText error;
    for (bool again = false;; again = true) {
      amsel_inference inference{sizeof(amsel_inference),
                                input_index,
                                input.data(),
                                input.size(),
                                batch,
                                output_index,
                                output.data(),
                                output.size(),
                                0};
      const amsel_backend_status status = function(session_, &inference, error.data(), error.size());
      const bool sane = inference.count <= static_cast<std::size_t>(kMostOutputValues);
      if (status == AMSEL_BACKEND_MORE_ROOM && !again && sane && inference.count > output.size()) {
        output.resize(inference.count);
        continue;
      }
      if (status == AMSEL_BACKEND_OK && inference.count <= output.size()) {
        output.resize(inference.count);
        return {};
      }
      if (status == AMSEL_BACKEND_OK || status == AMSEL_BACKEND_MORE_ROOM) {
        return Fault("run: gave " + std::to_string(inference.count) + " values where there is room for " +
                     std::to_string(output.size()));
      }
      return Error{KindOf(status), name_ + ": " + error.Get(status)};
    }
  }

  const amsel_backend_api& table_;
  std::string name_;
  amsel_session* session_;
  SessionInfo info_;
  bool concurrent_ = false;
};

class PluginBackend final : public Backend {
 public:
  PluginBackend(const amsel_backend_api& table, std::vector<std::string> providers)
      : table_(table), providers_(std::move(providers)) {}

  std::string name() const override { return table_.name; }
  std::string version() const override { return table_.version; }
  std::vector<std::string> providers() const override { return providers_; }

  Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions& options) override {
    AMSEL_RETURN_IF_ERROR(CheckProvider(*this, options.provider));
    if (options.free_size) {
      return BadInput(path + ": " + name() + " cannot run a DNN on images of another size than its file's");
    }
    const amsel_session_options wanted{
        sizeof(amsel_session_options),       options.threads,
        static_cast<int>(options.graph),     options.provider.empty() ? nullptr : options.provider.c_str(),
        static_cast<int>(options.precision), options.cache.empty() ? nullptr : options.cache.c_str()};
    amsel_session* opened = nullptr;
    ErrorText error;
    const amsel_backend_status status =
        table_.open(table_.context, path.c_str(), &wanted, &opened, error.data(), error.size());
    if (status != AMSEL_BACKEND_OK) {
      return Error{KindOf(status), path + ": cannot be loaded by " + name() + ": " + error.Get(status)};
    }
    if (opened == nullptr) return RuntimeFailure(path + ": " + name() + ": open: gave no session");
    auto session = std::make_unique<PluginSession>(table_, name(), opened);
    AMSEL_RETURN_IF_ERROR(session->Describe());
    return std::unique_ptr<Session>(std::move(session));
  }

 private:
  const amsel_backend_api& table_;
  std::vector<std::string> providers_;
};

/// The first field of the table that is not as it must be; null where all are.
const char* WrongField(const amsel_backend_api& table) {
  const std::pair<bool, const char*> fields[] = {
      {table.name != nullptr && *table.name != '\0', "name"},
      {table.version != nullptr, "version"},
      {table.providers != nullptr && table.providers[0] != nullptr, "providers"},
      {table.open != nullptr, "open"},
      {table.describe != nullptr, "describe"},
      {table.describe_input != nullptr, "describe_input"},
      {table.describe_output != nullptr, "describe_output"},
      {table.run != nullptr, "run"},
      {table.close != nullptr, "close"},
  };
  for (const auto& [right, name] : fields) {
    if (!right) return name;
  }
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return std::strspn(table.name, kPlain) == std::strlen(table.name) ? nullptr : "name";
}

}  // namespace

Result<std::unique_ptr<Backend>> OverTable(const amsel_backend_api* table, const std::string& file) {
  const auto refuse = [&](const std::string& what) { return RuntimeFailure(file + ": " + what); };
  const std::string spoken = std::to_string(AMSEL_BACKEND_ABI);
  if (table == nullptr) {
    return refuse(std::string(kEntry) + " gave no table: the plug-in does not speak version " + spoken +
                  " of amsel_backend.h, or cannot work here");
  }
  if (table->size < offsetof(amsel_backend_api, name)) return refuse("its table is too short to be one");
  if (table->abi != AMSEL_BACKEND_ABI) {
    return refuse("was built for version " + std::to_string(table->abi) + " of amsel_backend.h, this amsel speaks " +
                  spoken);
  }
  if (table->size < kTableSize) {
    return refuse("its table has " + std::to_string(table->size) + " bytes, at least " + std::to_string(kTableSize) +
                  " are needed");
  }
  if (const char* field = WrongField(*table); field != nullptr) {
    return refuse(std::string("field `") + field + "` of its table is missing or wrong");
  }
  std::vector<std::string> providers;
  for (const char* const* provider = table->providers; *provider != nullptr; ++provider)
    providers.emplace_back(*provider);
  return std::unique_ptr<Backend>(std::make_unique<PluginBackend>(*table, std::move(providers)));
}

Result<std::unique_ptr<Backend>> OpenPlugin(const std::string& file) {
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: sessions live in it
  if (handle == nullptr) {
    const std::string why = dlerror();
    return RuntimeFailure((why.find(file) == std::string::npos ? file + ": " : "") + why +
                          " (expected a plug-in, docs/backends.md)");
  }
  const auto entry = reinterpret_cast<decltype(&amsel_backend_entry)>(dlsym(handle, kEntry));
  if (entry == nullptr) {
    dlclose(handle);
    return RuntimeFailure(file + ": exports no symbol " + kEntry + ": it is no plug-in");
  }
  return OverTable(entry(AMSEL_BACKEND_ABI), file);
}

}  // namespace amsel
