#include "runtime/workspace_pool.h"

#include "base/status_macros.h"

namespace amsel {

Result<WorkspacePool::Loan> WorkspacePool::Lend() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Loan loan(idle_.back().release(), Return{this});
      idle_.pop_back();
      return loan;
    }
  }
  AMSEL_ASSIGN_OR_RETURN(Workspace made, Workspace::Create(store_, decode_));
  auto workspace = std::make_unique<Workspace>(std::move(made));
  const MutexLock lock(mutex_);
  idle_.reserve(++made_);
  return Loan(workspace.release(), Return{this});
}

void WorkspacePool::Take(std::unique_ptr<Workspace> workspace) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(workspace));
}

}  // namespace amsel
