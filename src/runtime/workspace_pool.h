// The workspaces of an engine's calls.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "runtime/workspace.h"

namespace amsel {

/// Lends workspaces over one store; makes one when all are lent. Thread-safe.
class WorkspacePool {
 public:
  WorkspacePool(const DecodeOptions& decode, std::shared_ptr<CandidateStore> store)
      : decode_(decode), store_(std::move(store)) {}

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
  // A workspace is either idle or lent, to one. idle_ has room for all that were made, so that giving one back takes no
  // memory.
  Mutex mutex_;
  std::size_t made_ AMSEL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Workspace>> idle_ AMSEL_GUARDED_BY(mutex_);
};

}  // namespace amsel
