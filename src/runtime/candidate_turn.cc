#include "runtime/candidate_turn.h"

#include <vector>

namespace amsel {
namespace {

/// Gives false when the candidate fails at the batch as a whole, or gives what cannot be divided.
bool RunAtOnce(CandidateRun run, const CandidateStore::Use& use, std::span<Call* const> calls) {
  std::vector<std::byte> tensors;
  for (Call* call : calls) {
    const std::span<const std::byte> tensor = call->Prepare(run.candidate);
    tensors.insert(tensors.end(), tensor.begin(), tensor.end());
  }
  const int batch = static_cast<int>(calls.size());
  std::vector<float>& raw = calls.front()->workspace().raw();
  const Result<Nanoseconds> took = use.Infer(tensors, batch, raw);
  if (!took.ok()) return false;
  run.inference = *took / batch;
  const std::size_t values = raw.size() / calls.size();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i]->Ran(use.runner(), run, std::span<const float>(raw).subspan(i * values, values));
  }
  return true;
}

bool RunOneByOne(CandidateRun run, const CandidateStore::Use& use, std::span<Call* const> calls) {
  bool all_ran = true;
  for (Call* call : calls) {
    std::vector<float>& raw = call->workspace().raw();
    const Result<Nanoseconds> took = use.Infer(call->Prepare(run.candidate), 1, raw);
    all_ran = all_ran && took.ok();
    if (took.ok()) {
      run.inference = *took;
      call->Ran(use.runner(), run, raw);
    } else {
      call->Failed(run.candidate, took.error());
    }
  }
  return all_ran;
}

}  // namespace

void RunCandidate(CandidateId id, std::span<Call* const> calls) {
  const Result<CandidateStore::Use> use = calls.front()->workspace().store().Get(id, calls.front()->TimeLeft());
  if (!use.ok()) {
    for (Call* call : calls) call->Failed(id, use.error());
    return;
  }
  const CandidateRun run{id, use->load() / static_cast<Nanoseconds::rep>(calls.size()), {}, {}};
  const bool may_at_once = calls.size() > 1 && use->takes_batches();
  if (may_at_once && RunAtOnce(run, *use, calls)) return;
  const bool all_ran = RunOneByOne(run, *use, calls);
  if (may_at_once && all_ran) use->RefuseBatches();
}

}  // namespace amsel
