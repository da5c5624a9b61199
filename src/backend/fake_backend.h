// A back end whose DNNs are functions: tests and examples decide what they answer, how, and when they fail.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "base/mutex.h"

namespace amsel {

/// The DNN "in" a file is whatever was registered under the file's path, or under the name of the innermost of its
/// folders that was: that of its candidate.
class FakeBackend : public Backend {
 public:
  /// Fills `output` for a batch; an error stands for a failing device.
  using Function = std::function<Status(std::span<const std::byte> input, int batch, std::vector<float>& output)>;

  void Add(const std::string& key, SessionInfo info, Function function);

  /// The usual shape of things: float32 NCHW input [batch, channels, side, side], one output [batch, values].
  static SessionInfo Describe(const std::string& input, int channels, int side, const std::string& output, int values);

  std::string name() const override { return "fake"; }
  std::string version() const override { return "1"; }
  Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions& options) override;

  std::function<void(const std::string& path)> on_open;  ///< called first by each Open, by its thread
  bool concurrent = true;                                ///< what sessions opened from now on say of themselves

 private:
  struct Entry {
    SessionInfo info;
    Function function;
  };
  Mutex mutex_;
  std::map<std::string, Entry> entries_ AMSEL_GUARDED_BY(mutex_);
};

}  // namespace amsel
