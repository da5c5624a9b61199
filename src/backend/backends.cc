#include "backend/backends.h"

#include <algorithm>
#include <cstdlib>

#include "backend/caller_backend.h"
#include "backend/onnxruntime_backend.h"
#include "backend/own_folders.h"
#include "backend/plugin_backend.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

template <typename Enum>
Enum Named(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Enum{} : static_cast<Enum>(found - names.begin());
}

std::vector<std::string> PartsOf(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool IsPath(const std::string& name) {
  return std::find(name.begin(), name.end(), '/') != name.end() || name.ends_with(".so");
}

/// Files that a plug-in of this name may be in, those that exist.
std::vector<std::string> FindPlugin(const std::string& file) {
  std::vector<std::filesystem::path> folders;
  if (const char* named = std::getenv("AMSEL_BACKENDS"); named != nullptr) {
    for (const std::string& folder : PartsOf(named)) folders.emplace_back(folder);
  }
  for (const std::filesystem::path& folder : OwnFolders()) {
    folders.push_back(folder);
    folders.push_back(folder / "../lib/amsel");
  }
  std::vector<std::string> found;
  std::error_code failure;
  for (const std::filesystem::path& folder : folders) {
    if (std::filesystem::exists(folder / file, failure)) found.push_back((folder / file).string());
  }
  return found;
}

}  // namespace

Status CheckProvider(const Backend& backend, const std::string& provider) {
  const std::vector<std::string> all = backend.providers();
  if (provider.empty() || std::find(all.begin(), all.end(), provider) != all.end()) return {};
  std::string text;
  for (const std::string& name : all) text += " " + name;
  std::string remedy;
  if (backend.name() == kOnnxRuntime) {
    remedy = ". An ONNX Runtime that was built with it is named with --ort or $AMSEL_ONNXRUNTIME";
    const bool nvidia = provider == "cuda" || provider == "tensorrt";
    if (nvidia) remedy += ": that in the Python package onnxruntime-gpu, beside NVIDIA's CUDA and cuDNN";
  }
  return UsageError("the back end " + backend.name() + " " + backend.version() + " has no provider `" + provider +
                    "`; it has:" + text + remedy);
}

std::string ProviderOf(const Backend& backend, const SessionOptions& options) {
  return options.provider.empty() ? backend.providers().front() : options.provider;
}

const std::vector<std::string>& GraphOptimizationNames() {
  static const std::vector<std::string> names{"none", "basic", "extended", "all"};
  return names;
}

const std::vector<std::string>& PrecisionNames() {
  static const std::vector<std::string> names{"full", "half"};
  return names;
}

const std::string& GraphOptimizationName(GraphOptimization level) {
  return GraphOptimizationNames()[static_cast<std::size_t>(level)];
}

const std::string& PrecisionName(Precision precision) {
  return PrecisionNames()[static_cast<std::size_t>(precision)];
}

GraphOptimization GraphOptimizationNamed(const std::string& name) {
  return Named<GraphOptimization>(GraphOptimizationNames(), name);
}

Precision PrecisionNamed(const std::string& name) {
  return Named<Precision>(PrecisionNames(), name);
}

BackendIdentity IdentityOf(const Backend& backend, const SessionOptions& options) {
  return {backend.name(), ProviderOf(backend, options), options.precision};
}

bool RunsOnCpu(const Backend& backend, const SessionOptions& options) {
  return ProviderOf(backend, options) == BackendIdentity().provider;
}

std::string IdentityText(const BackendIdentity& identity) {
  const bool half = identity.precision == Precision::kHalf;
  std::string text = identity.backend;
  if (half || identity.provider != BackendIdentity().provider) text += ":" + identity.provider;
  return half ? text + ":" + PrecisionName(identity.precision) : text;
}

BackendIdentity ParseIdentity(const std::string& text) {
  const std::vector<std::string> parts = PartsOf(text);
  BackendIdentity identity{parts[0]};
  if (parts.size() > 1) identity.provider = parts[1];
  if (parts.size() > 2) identity.precision = PrecisionNamed(parts[2]);
  return identity;
}

SessionRequest BackendChoice::For(const std::vector<std::string>& names) const {
  SessionRequest request = all;
  for (const std::string& name : names) {
    const auto own = candidates.find(name);
    if (own == candidates.end()) continue;
    const SessionRequest& set = own->second;
    if (!set.backend.empty()) request.backend = set.backend;
    if (!set.provider.empty()) request.provider = set.provider;
    if (set.threads) request.threads = set.threads;
    if (set.graph) request.graph = set.graph;
    if (set.precision) request.precision = set.precision;
    break;
  }
  return request;
}

SessionOptions Requested(SessionOptions options, const SessionRequest& request) {
  options.threads = request.threads.value_or(options.threads);
  options.graph = request.graph.value_or(options.graph);
  options.precision = request.precision.value_or(options.precision);
  if (!request.provider.empty()) options.provider = request.provider;
  return options;
}

Result<Placement> Place(const BackendChoice& choice, const std::string& candidate, Backends& backends) {
  const SessionRequest request = choice.For({candidate});
  AMSEL_ASSIGN_OR_RETURN(Backend * backend, backends.Get(request.backend));
  Placement placement{backend, Requested({}, request)};
  placement.options.cache = choice.cache;
  placement.options.run_limit = choice.run_limit;
  if (const Status status = CheckProvider(*backend, placement.options.provider); !status.ok()) {
    return Error{status.error().kind, candidate + ": " + status.error().message};
  }
  return placement;
}

Placement PlacementIn(const std::map<std::string, Placement>& elsewhere, const std::string& candidate,
                      const Placement& rest) {
  const auto own = elsewhere.find(candidate);
  return own == elsewhere.end() ? rest : own->second;
}

Status CheckNames(const BackendChoice& choice, const std::vector<std::string>& known) {
  for (const auto& [name, request] : choice.candidates) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string all;
    for (const std::string& one : known) all += " " + one;
    return UsageError("a back end or provider is asked for `" + name + "`, but the candidates are:" + all);
  }
  return {};
}

Result<Backend*> Backends::Get(const std::string& name) {
  const std::string& key = name.empty() ? kOnnxRuntime : name;
  const MutexLock lock(mutex_);
  auto found = opened_.find(key);
  if (found == opened_.end()) {
    AMSEL_ASSIGN_OR_RETURN(std::unique_ptr<Backend> backend, Open(key));
    found = opened_.emplace(key, std::move(backend)).first;
  }
  return found->second.get();
}

Result<std::unique_ptr<Backend>> Backends::Open(const std::string& name) const {
  if (name == kOnnxRuntime) return OpenOnnxRuntime(onnxruntime_);
  if (name == kCallerBackend) return std::unique_ptr<Backend>(std::make_unique<CallerBackend>());
  if (IsPath(name)) return OpenPlugin(std::filesystem::absolute(name));  // never sought on the library path
  const std::string file = "libamsel_" + name + ".so";
  const std::vector<std::string> found = FindPlugin(file);
  Result<std::unique_ptr<Backend>> plugin = OpenPlugin(found.empty() ? file : found.front());
  if (plugin.ok()) return plugin;
  return RuntimeFailure("the back end `" + name + "` cannot be opened (give its path, or name its folder in " +
                        "$AMSEL_BACKENDS): " + plugin.error().message);
}

}  // namespace amsel
