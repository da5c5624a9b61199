#include "runtime/background_loader.h"

#include <algorithm>

namespace amsel {

BackgroundLoader::~BackgroundLoader() {
  std::thread thread;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    thread = std::move(thread_);
    changed_.WakeAll();
  }
  if (thread.joinable()) thread.join();
}

void BackgroundLoader::Want(std::size_t what) {
  const MutexLock lock(mutex_);
  if (std::find(wanted_.begin(), wanted_.end(), what) != wanted_.end()) return;
  wanted_.push_back(what);
  if (!thread_.joinable()) thread_ = std::thread([this] { LoadWanted(); });
  changed_.WakeAll();
}

void BackgroundLoader::LoadWanted() {
  const MutexLock lock(mutex_);
  for (;;) {
    while (wanted_.empty() && !stopping_) changed_.Wait(mutex_);
    if (stopping_) return;
    const std::size_t first = wanted_.front();
    wanted_.erase(wanted_.begin());
    const MutexUnlock meanwhile(mutex_);
    load_(first);
  }
}

}  // namespace amsel
