#include "runtime/loadable_dnn.h"

#include <algorithm>

#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "runtime/operating_point.h"

namespace amsel {

ResidentDnn LoadableDnn::Unloaded() const {
  ResidentDnn dnn;
  for (const CandidateId view : views_) {
    const DnnCost* cost = PlanningCost(bundle_->candidate(view));
    if (cost == nullptr || cost->resident_bytes <= 0) continue;
    // Of two views the one that was profiled first may have been charged what the back end takes for itself.
    dnn.bytes = dnn.bytes == 0 ? cost->resident_bytes : std::min(dnn.bytes, cost->resident_bytes);
  }
  dnn.file_bytes = DnnBytes(bundle_->Files(bundle_->candidate(first_view())));
  dnn.bytes_known = dnn.bytes > 0;
  if (!dnn.bytes_known) dnn.bytes = dnn.file_bytes;
  return dnn;
}

Result<LoadableDnn::Runners> LoadableDnn::Open() {
  if (damage_) return *damage_;
  if (file_.empty()) {
    const Dnn& dnn = bundle_->candidate(first_view());
    AMSEL_ASSIGN_OR_RETURN(const std::string damaged, bundle_->DamagedFile(dnn));  // what cannot be read may be later
    if (!damaged.empty()) {
      damage_ = BadInput(damaged + ": the bundle is damaged, or was changed since it was opened");
      return *damage_;
    }
    file_ = bundle_->Files(dnn).model;
  }
  AMSEL_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session, at_.backend->Open(file_, at_.options));
  Runners runners;
  for (const CandidateId view : views_) {
    AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                           CandidateRunner::Over(session, file_, bundle_->card(view), bundle_->manifest().classes));
    runners.push_back(std::move(runner));
  }
  return runners;
}

const CandidateRunner& LoadableDnn::RunnerOf(CandidateId view) const {
  const auto at = std::find(views_.begin(), views_.end(), view) - views_.begin();
  return runners_[static_cast<std::size_t>(at)];
}

Result<Nanoseconds> LoadableDnn::Infer(const CandidateRunner& runner, std::span<const std::byte> tensors, int batch,
                                       const Clock& clock, std::vector<float>& raw) {
  const auto turn = runner.concurrent() ? std::unique_lock<std::mutex>() : std::unique_lock(turn_);
  const Nanoseconds start = clock.Now();
  AMSEL_RETURN_IF_ERROR(runner.InferBatch(tensors, batch, raw));
  return clock.Now() - start;
}

}  // namespace amsel
