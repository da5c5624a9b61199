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

RunWatch::RunWatch(milliseconds limit, const Clock& clock)
    : limit_(limit), clock_(clock), thread_([this] { Look(); }) {}

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
  return runs_.insert(runs_.end(), {std::move(end), clock_.Now()});
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
    const Nanoseconds until = clock_.Now() + Between(limit_);
    while (!stopping_ && clock_.WaitUntil(stop_, mutex_, until)) {
    }
    const Nanoseconds now = clock_.Now();
    for (Run& run : runs_) {
      if (run.ended || now - run.begun < limit_) continue;
      run.ended = true;
      run.end();
    }
  }
}

}  // namespace amsel
