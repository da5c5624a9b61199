#include "runtime/batch.h"

#include <map>

#include "runtime/candidate_turn.h"

namespace amsel {

std::vector<Result<Answer>> FinishTogether(const std::vector<std::unique_ptr<Call>>& calls) {
  std::vector<Call*> going;
  for (const auto& call : calls) going.push_back(call.get());
  while (!going.empty()) {
    std::map<CandidateId, std::vector<Call*>> by_candidate;
    for (Call* call : going) {
      const CandidateId wanted = call->Advance();
      if (wanted != kNoCandidate) by_candidate[wanted].push_back(call);
    }
    going.clear();
    for (const auto& [id, wanting] : by_candidate) {
      RunCandidate(id, wanting);
      going.insert(going.end(), wanting.begin(), wanting.end());
    }
  }
  std::vector<Result<Answer>> answers;
  for (const auto& call : calls) answers.push_back(call->Finish());
  return answers;
}

}  // namespace amsel
