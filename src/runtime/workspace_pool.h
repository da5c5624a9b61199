// What one call of the engine works with, kept from call to call.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "image/decode.h"
#include "runtime/executor.h"

namespace amsel {

/// Working memory for one image at a time. Not thread-safe.
struct Workspace {
  Workspace(const DecodeOptions& decode, Executor own_executor) : decoder(decode), executor(std::move(own_executor)) {}

  /// The episode, at that operating point.
  Episode& EpisodeAt(std::size_t wanted) {
    if (!episode || point != wanted) episode.emplace(executor.bundle().policy(), static_cast<int>(wanted));
    point = wanted;
    return *episode;
  }

  ImageDecoder decoder;
  Image image;  ///< decoded or converted
  Executor executor;
  std::optional<Episode> episode;
  std::size_t point = 0;
};

/// Lends workspaces over one store; makes one when all are lent. Thread-safe.
class WorkspacePool {
 public:
  WorkspacePool(const DecodeOptions& decode, std::shared_ptr<CandidateStore> store, const Clock& clock)
      : decode_(decode), store_(std::move(store)), clock_(&clock) {}

  /// Gives its workspace back at its end. The pool must outlive it.
  struct Return {
    WorkspacePool* pool = nullptr;
    void operator()(Workspace* workspace) const { pool->Take(std::unique_ptr<Workspace>(workspace)); }
  };
  using Loan = std::unique_ptr<Workspace, Return>;

  Result<Loan> Lend();

 private:
  void Take(std::unique_ptr<Workspace> workspace);

  DecodeOptions decode_;
  std::shared_ptr<CandidateStore> store_;
  const Clock* clock_;
  // A workspace is either idle or lent, to one. idle_ has room for all that were made, so that giving one back takes no
  // memory.
  Mutex mutex_;
  std::size_t made_ AMSEL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Workspace>> idle_ AMSEL_GUARDED_BY(mutex_);
};

}  // namespace amsel
