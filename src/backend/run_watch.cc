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
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void RunWatch::Look() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, Between(limit_), [this] { return stopping_; })) {
    const auto now = std::chrono::steady_clock::now();
    for (Watched* run : runs_) {
      if (run->ended_ || now - run->begun_ < limit_) continue;
      run->ended_ = true;
      run->end_();
    }
  }
}

RunWatch::Watched::Watched(RunWatch& watch, std::function<void()> end)
    : watch_(watch), end_(std::move(end)), begun_(std::chrono::steady_clock::now()) {
  const std::lock_guard lock(watch_.mutex_);
  place_ = watch_.runs_.insert(watch_.runs_.end(), this);
}

RunWatch::Watched::~Watched() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.runs_.erase(place_);
}

bool RunWatch::Watched::ended() const {
  const std::lock_guard lock(watch_.mutex_);
  return ended_;
}

}  // namespace amsel
