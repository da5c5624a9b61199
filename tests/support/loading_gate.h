// Holds a fake back end while it loads one DNN, for tests of what happens meanwhile.
#pragma once

#include <latch>
#include <string>

#include "backend/fake_backend.h"

namespace amsel {

class LoadingGate {
 public:
  /// Loading a file whose path has `part` in it waits from now on. `backend` must not load after this has gone.
  LoadingGate(FakeBackend& backend, std::string part) : part_(std::move(part)) {
    backend.on_open = [this](const std::string& path) {
      if (path.find(part_) == std::string::npos) return;
      loading_.count_down();
      go_on_.wait();
    };
  }

  void AwaitLoading() { loading_.wait(); }
  void LetItGoOn() { go_on_.count_down(); }

 private:
  std::string part_;
  std::latch loading_{1};
  std::latch go_on_{1};
};

}  // namespace amsel
