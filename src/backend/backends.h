// Which back ends there are, and how a user names them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "base/mutex.h"

namespace amsel {

inline constexpr const char* kOnnxRuntime = "onnxruntime";

/// Usage error unless `provider` is empty or one of the back end's; it names those that it has.
Status CheckProvider(const Backend& backend, const std::string& provider);

/// The provider that a session opened with `options` runs on.
std::string ProviderOf(const Backend& backend, const SessionOptions& options);

/// Whether a session opened with `options` runs on the processor, and not on something beside it.
bool RunsOnCpu(const Backend& backend, const SessionOptions& options);

/// "none", "basic", "extended", "all", and "full", "half"; each in the order of its enumerators.
const std::vector<std::string>& GraphOptimizationNames();
const std::vector<std::string>& PrecisionNames();
const std::string& GraphOptimizationName(GraphOptimization level);
const std::string& PrecisionName(Precision precision);

/// What "all" and "half" name; for texts that were checked to be among the names, the others stand for the first.
GraphOptimization GraphOptimizationNamed(const std::string& name);
Precision PrecisionNamed(const std::string& name);

/// What decides which numbers come out: back end, provider and precision, by their names.
struct BackendIdentity {
  std::string backend;
  std::string provider = "cpu";
  Precision precision = Precision::kFull;

  friend bool operator==(const BackendIdentity&, const BackendIdentity&) = default;
};

/// As profiles record it, from which ParseIdentity reads an equal one: "onnxruntime", "onnxruntime:cuda",
/// "onnxruntime:tensorrt:half": the provider where it is not "cpu", the precision where it is not full.
std::string IdentityText(const BackendIdentity& identity);
BackendIdentity ParseIdentity(const std::string& text);
BackendIdentity IdentityOf(const Backend& backend, const SessionOptions& options);

/// Where a candidate runs, and how it is loaded.
struct Placement {
  Backend* backend = nullptr;
  SessionOptions options;
};

/// What a user asks for, for all candidates and for some by name.
struct BackendChoice {
  SessionRequest all{};
  std::map<std::string, SessionRequest> candidates{};
  std::string onnxruntime{};               ///< path of the library; empty: the usual places
  std::string cache{};                     ///< SessionOptions::cache
  std::chrono::milliseconds run_limit{0};  ///< SessionOptions::run_limit

  /// What is asked for one candidate: what is set for it by name, else for all. `names` are those that it goes by.
  SessionRequest For(const std::vector<std::string>& names) const;
};

/// `options` with what is set in `request`.
SessionOptions Requested(SessionOptions options, const SessionRequest& request);

class Backends;
/// Where the candidate runs when nothing is planned. The error names the candidate.
Result<Placement> Place(const BackendChoice& choice, const std::string& candidate, Backends& backends);

/// That of `candidate` where it has one of its own, else `rest`.
Placement PlacementIn(const std::map<std::string, Placement>& elsewhere, const std::string& candidate,
                      const Placement& rest);

/// Usage error when the choice names a candidate that is not among `known`.
Status CheckNames(const BackendChoice& choice, const std::vector<std::string>& known);

/// Opens each back end once, on first need, and keeps it. Thread-safe. Sessions must not outlive it.
class Backends {
 public:
  /// `onnxruntime` is the path of its library; empty: the usual places.
  explicit Backends(std::string onnxruntime = "") : onnxruntime_(std::move(onnxruntime)) {}

  /// "onnxruntime", or empty: ONNX Runtime. "caller": nothing, see CallerBackend. A path (with a slash or ending in
  /// .so): the plug-in in that file. Any other name: the plug-in libamsel_NAME.so in the folders of $AMSEL_BACKENDS
  /// (with colons between), beside the amsel library or the program, in ../lib/amsel of either, or on the system's
  /// library path. The error says what was tried.
  Result<Backend*> Get(const std::string& name);

 private:
  Result<std::unique_ptr<Backend>> Open(const std::string& name) const;

  std::string onnxruntime_;
  Mutex mutex_;  ///< held while one is opened: whoever asks for it meanwhile waits; none is ever closed
  std::map<std::string, std::unique_ptr<Backend>> opened_ AMSEL_GUARDED_BY(mutex_);
};

}  // namespace amsel
