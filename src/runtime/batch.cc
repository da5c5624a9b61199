#include "runtime/batch.h"

#include <algorithm>
#include <map>

namespace amsel {
namespace {

/// One candidate's turn, on all calls that want it.
class Stage {
 public:
  Stage(CandidateId id, std::vector<Call*> calls, CandidateStore& store, const Clock& clock)
      : id_(id), calls_(std::move(calls)), store_(store), clock_(clock) {}

  void Run() {
    const Nanoseconds asked = clock_.Now();
    const bool loaded = store_.Loaded(id_);
    const Result<CandidateStore::Use> use = store_.Get(id_);
    if (!use.ok()) {
      for (Call* call : calls_) call->Failed(id_, use.error());
      return;
    }
    if (!loaded) load_ = (clock_.Now() - asked) / static_cast<Nanoseconds::rep>(calls_.size());
    if (calls_.size() > 1 && use->takes_batches() && RunAtOnce(*use)) return;
    const bool all_ran = RunOneByOne(*use);
    if (calls_.size() > 1 && use->takes_batches() && all_ran) use->RefuseBatches();
  }

 private:
  /// Gives false when the candidate fails at the batch as a whole, or gives what cannot be divided.
  bool RunAtOnce(const CandidateStore::Use& use) {
    std::vector<std::byte> tensors;
    for (Call* call : calls_) {
      const std::span<const std::byte> tensor = Prepared(*call);
      tensors.insert(tensors.end(), tensor.begin(), tensor.end());
    }
    const int batch = static_cast<int>(calls_.size());
    const Result<Nanoseconds> took = use.Infer(tensors, batch, raw_);
    if (!took.ok()) return false;
    const Nanoseconds share = *took / batch;
    const std::size_t values = raw_.size() / calls_.size();
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      Give(*calls_[i], use, share, std::span<const float>(raw_).subspan(i * values, values));
    }
    return true;
  }

  bool RunOneByOne(const CandidateStore::Use& use) {
    bool all_ran = true;
    for (Call* call : calls_) {
      const Result<Nanoseconds> took = use.Infer(Prepared(*call), 1, raw_);
      all_ran = all_ran && took.ok();
      if (took.ok()) {
        Give(*call, use, *took, raw_);
      } else {
        call->Failed(id_, took.error());
      }
    }
    return all_ran;
  }

  std::span<const std::byte> Prepared(Call& call) const {
    call.Resume();
    const std::span<const std::byte> tensor = call.Prepare(id_);
    call.Pause();
    return tensor;
  }

  void Give(Call& call, const CandidateStore::Use& use, Nanoseconds inference, std::span<const float> raw) {
    call.Resume();
    call.Ran(use.runner(), {id_, load_, {}, inference}, raw);
    call.Pause();
  }

  CandidateId id_;
  std::vector<Call*> calls_;
  CandidateStore& store_;
  const Clock& clock_;
  Nanoseconds load_{0};
  std::vector<float> raw_;
};

}  // namespace

std::vector<Result<Answer>> FinishTogether(std::vector<std::unique_ptr<Call>>& calls, CandidateStore& store,
                                           const Clock& clock) {
  std::vector<Call*> going;
  for (const auto& call : calls) going.push_back(call.get());
  while (!going.empty()) {
    std::map<CandidateId, std::vector<Call*>> by_candidate;
    for (Call* call : going) {
      call->Resume();
      const CandidateId wanted = call->Advance();
      call->Pause();
      if (wanted != kNoCandidate) by_candidate[wanted].push_back(call);
    }
    going.clear();
    for (auto& [id, wanting] : by_candidate) {
      Stage(id, wanting, store, clock).Run();
      going.insert(going.end(), wanting.begin(), wanting.end());
    }
  }
  std::vector<Result<Answer>> answers;
  for (const auto& call : calls) {
    call->Resume();
    answers.push_back(call->Finish());
  }
  return answers;
}

}  // namespace amsel
