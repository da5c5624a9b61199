#include "backend/fake_backend.h"

#include <filesystem>

namespace amsel {
namespace {

class FakeSession final : public Session {
 public:
  FakeSession(SessionInfo info, FakeBackend::Function function, bool concurrent)
      : info_(std::move(info)), function_(std::move(function)), concurrent_(concurrent) {}

  const SessionInfo& info() const override { return info_; }
  bool concurrent() const override { return concurrent_; }

  Status Run(int /*input_index*/, std::span<const std::byte> input, int batch, int /*output_index*/,
             std::vector<float>& output) override {
    return function_(input, batch, output);
  }

 private:
  SessionInfo info_;
  FakeBackend::Function function_;
  bool concurrent_;
};

}  // namespace

void FakeBackend::Add(const std::string& key, SessionInfo info, Function function) {
  const MutexLock lock(mutex_);
  entries_[key] = {std::move(info), std::move(function)};
}

SessionInfo FakeBackend::Describe(const std::string& input, int channels, int side, const std::string& output,
                                  int values) {
  return {{{input, ElementType::kFloat32, {-1, channels, side, side}}},
          {{output, ElementType::kFloat32, {-1, values}}}};
}

Result<std::unique_ptr<Session>> FakeBackend::Open(const std::string& path, const SessionOptions& options) {
  if (on_open) on_open(path);
  const MutexLock lock(mutex_);
  auto it = entries_.find(path);
  const std::filesystem::path folders(path);
  for (auto part = folders.end(); it == entries_.end() && part != folders.begin();) {
    it = entries_.find((--part)->string());
  }
  if (it == entries_.end()) return BadInput(path + ": cannot be loaded: the fake back end does not know it");
  SessionInfo info = it->second.info;
  if (options.free_size) info.inputs.front().shape[2] = info.inputs.front().shape[3] = -1;
  return std::unique_ptr<Session>(std::make_unique<FakeSession>(std::move(info), it->second.function, concurrent));
}

}  // namespace amsel
