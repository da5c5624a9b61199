// The feature DNN of a bundle, loaded once and shared by all threads.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "backend/backends.h"
#include "backend/feature_dnn_runner.h"
#include "bundle/bundle.h"

namespace amsel {

/// Opens the feature DNN of a bundle that has one there, once its checksums have been found right. Bad input also where
/// it gives another number of values than the bundle says.
Result<FeatureDnnRunner> OpenFeatureDnn(const Bundle& bundle, const Placement& at);

/// Thread-safe. Once loaded it stays: a memory budget counts it to what the process has without candidates. The bundle,
/// and what the placement refers to, must outlive it.
class SharedFeatureDnn {
 public:
  SharedFeatureDnn(const Bundle& bundle, Placement at) : bundle_(&bundle), at_(std::move(at)) {}

  /// Loads it, once; what came of the first attempt is the answer to all.
  Status Load();

  /// Runs it, loading it where that has not been done, on one input tensor; its values into `out`, resized.
  Status Run(std::span<const std::byte> tensor, std::vector<float>& out);

 private:
  const Bundle* bundle_;
  Placement at_;
  std::once_flag once_;
  std::optional<FeatureDnnRunner> runner_;
  Status loaded_;
  std::mutex turn_;  ///< where the session is not concurrent
};

}  // namespace amsel
