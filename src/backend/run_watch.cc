#include "backend/run_watch.h"

#include <algorithm>
#include <utility>

namespace amsel {
namespace {

using std::chrono::milliseconds;

milliseconds Between(milliseconds limit) {
  return std::clamp(limit / 8, milliseconds(1), milliseconds(1000));
}

}  // namespace

RunWatch::RunWatch(milliseconds limit) : limit_(limit), thread_([this] { Look(); }) {}

RunWatch::~RunWatch() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.WakeAll();
  thread_.join();
}

void RunWatch::Look() {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    if (stop_.WaitUntil(mutex_, std::chrono::steady_clock::now() + Between(limit_))) continue;
    const auto now = std::chrono::steady_clock::now();
    for (Watched* run : runs_) run->EndAfter(now - limit_);
  }
}

void RunWatch::Watched::EndAfter(std::chrono::steady_clock::time_point latest) {
  if (ended_ || begun_ > latest) return;
  ended_ = true;
  end_();
}

RunWatch::Watched::Watched(RunWatch& watch, std::function<void()> end)
    : watch_(watch), end_(std::move(end)), begun_(std::chrono::steady_clock::now()) {
  const MutexLock lock(watch_.mutex_);
  place_ = watch_.runs_.insert(watch_.runs_.end(), this);
}

RunWatch::Watched::~Watched() {
  const MutexLock lock(watch_.mutex_);
  watch_.runs_.erase(place_);
}

bool RunWatch::Watched::ended() const {
  const MutexLock lock(watch_.mutex_);
  return ended_;
}

}  // namespace amsel
