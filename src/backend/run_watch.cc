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

std::list<RunWatch::Run>::iterator RunWatch::Begin(std::function<void()> end) {
  const MutexLock lock(mutex_);
  return runs_.insert(runs_.end(), {std::move(end), std::chrono::steady_clock::now()});
}

void RunWatch::Over(std::list<Run>::iterator run) {
  const MutexLock lock(mutex_);
  runs_.erase(run);
}

bool RunWatch::Ended(std::list<Run>::iterator run) const {
  const MutexLock lock(mutex_);
  return run->ended;
}

void RunWatch::Look() {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    if (stop_.WaitUntil(mutex_, std::chrono::steady_clock::now() + Between(limit_))) continue;
    const auto now = std::chrono::steady_clock::now();
    for (Run& run : runs_) {
      if (run.ended || now - run.begun < limit_) continue;
      run.ended = true;
      run.end();
    }
  }
}

}  // namespace amsel
