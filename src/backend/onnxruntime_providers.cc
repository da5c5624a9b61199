#include "backend/onnxruntime_providers.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <memory>

namespace amsel {
namespace {

constexpr const char* kSuffix = "ExecutionProvider";
constexpr const char* kCpu = "cpu";
constexpr const char* kCuda = "cuda";
constexpr const char* kTensorRt = "tensorrt";

/// "CUDA" of "CUDAExecutionProvider".
std::string Prefix(const std::string& name) {
  return name.ends_with(kSuffix) ? name.substr(0, name.size() - std::string(kSuffix).size()) : name;
}

std::string ShortName(const std::string& name) {
  std::string text = Prefix(name);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string InCapitals(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

using Settings = std::vector<std::pair<std::string, std::string>>;

/// `update(keys, values, count)` hands them to the library.
template <typename Update>
Ort::Status Tell(const Settings& settings, Update update) {
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : settings) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  return Ort::Status(update(keys.data(), values.data(), settings.size()));
}

void AppendCuda(const Settings& settings, Ort::SessionOptions& session) {
  OrtCUDAProviderOptionsV2* options = nullptr;
  Ort::ThrowOnError(Ort::GetApi().CreateCUDAProviderOptions(&options));
  const std::unique_ptr<OrtCUDAProviderOptionsV2, decltype(OrtApi::ReleaseCUDAProviderOptions)> owner(
      options, Ort::GetApi().ReleaseCUDAProviderOptions);
  const Ort::Status told =
      Tell(settings, [&](auto... all) { return Ort::GetApi().UpdateCUDAProviderOptions(options, all...); });
  static_cast<void>(told.IsOK());  // releases before 1.18 know no such key, and compute as they do
  session.AppendExecutionProvider_CUDA_V2(*options);
}

void AppendTensorRt(const Settings& settings, Ort::SessionOptions& session) {
  OrtTensorRTProviderOptionsV2* options = nullptr;
  Ort::ThrowOnError(Ort::GetApi().CreateTensorRTProviderOptions(&options));
  const std::unique_ptr<OrtTensorRTProviderOptionsV2, decltype(OrtApi::ReleaseTensorRTProviderOptions)> owner(
      options, Ort::GetApi().ReleaseTensorRTProviderOptions);
  Ort::ThrowOnError(
      Tell(settings, [&](auto... all) { return Ort::GetApi().UpdateTensorRTProviderOptions(options, all...); }));
  session.AppendExecutionProvider_TensorRT_V2(*options);
}

/// Any other: under the name that the library registers it by, which is its prefix, for some in capitals.
void AppendByName(const std::string& provider, Ort::SessionOptions& session) {
  for (const std::string& name : Ort::GetAvailableProviders()) {
    if (ShortName(name) != provider) continue;
    try {
      session.AppendExecutionProvider(Prefix(name), {});
    } catch (const Ort::Exception&) {
      session.AppendExecutionProvider(InCapitals(provider), {});
    }
  }
}

}  // namespace

std::vector<std::string> ShortProviderNames(const std::vector<std::string>& available) {
  std::vector<std::string> names{kCpu};
  for (const std::string& name : available) {
    if (ShortName(name) != kCpu) names.push_back(ShortName(name));
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> ProviderSettings(const std::string& provider,
                                                                  const SessionOptions& options) {
  std::vector<std::pair<std::string, std::string>> settings;
  // By itself CUDA rounds float32 to ten binary digits, as many as 16 bits have, where the hardware offers that.
  if (provider == kCuda) settings.emplace_back("use_tf32", options.precision == Precision::kHalf ? "1" : "0");
  if (provider != kTensorRt) return settings;
  if (options.precision == Precision::kHalf) settings.emplace_back("trt_fp16_enable", "1");
  if (!options.cache.empty()) {
    settings.emplace_back("trt_engine_cache_enable", "1");
    settings.emplace_back("trt_engine_cache_path", options.cache);
    settings.emplace_back("trt_timing_cache_enable", "1");
    settings.emplace_back("trt_timing_cache_path", options.cache);
  }
  return settings;
}

Status AppendProvider(const std::string& provider, const SessionOptions& options, Ort::SessionOptions& session) {
  if (options.precision == Precision::kHalf && provider != kTensorRt && provider != kCuda) {
    return UsageError("ONNX Runtime's provider `" + provider + "` has no precision `half`; cuda and tensorrt have");
  }
  if (provider == kCpu) return {};
  try {
    if (provider == kTensorRt) AppendTensorRt(ProviderSettings(provider, options), session);
    if (provider == kTensorRt || provider == kCuda) {
      AppendCuda(ProviderSettings(kCuda, options), session);
    } else {
      AppendByName(provider, session);
    }
  } catch (const std::exception& fault) {
    return RuntimeFailure("ONNX Runtime's provider `" + provider + "` cannot start here: " + fault.what());
  }
  return {};
}

}  // namespace amsel
