#include "profile/energy.h"

#include <algorithm>

#include "base/status_macros.h"
#include "profile/row_limits.h"

namespace amsel {
namespace {

/// One image after the other, over and over, each block going on where the last ended.
EnergyTask TaskOf(ProfiledCandidate& candidate, const std::vector<Image>& images) {
  return {candidate.name(), [&candidate, &images, next = std::size_t{0}]() mutable -> Result<std::int64_t> {
            candidate.preprocessor.Apply(images[next], candidate.tensor);
            next = (next + 1) % images.size();
            const Status status = candidate.runner.Infer(candidate.tensor);
            if (!status.ok()) return Error{status.error().kind, candidate.name() + ": " + status.error().message};
            return std::int64_t{1};
          }};
}

/// Mean of preprocessing and inference, as plans have it: of runs that nobody disturbed.
Result<double> MeanCostMs(ProfileStore& store, std::int64_t candidate) {
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare("SELECT preprocess_ns, threads, inference_ns, cpu_ns, preemptions FROM run JOIN config "
                               "ON config.id = run.config WHERE candidate = ?"));
  query.Bind(candidate);
  double preprocess_ns = 0;
  std::int64_t threads = 1;
  std::vector<TimedRun> runs;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) break;
    preprocess_ns += static_cast<double>(query.Integer(0));
    threads = query.Integer(1);
    runs.push_back(TimedRunAt(query, 2));
  }
  if (runs.empty()) return 0.0;
  return preprocess_ns * kMsPerNs / static_cast<double>(runs.size()) +
         Undisturbed(runs, static_cast<int>(threads)).MeanMs();
}

Status RecordEstimates(ProfileStore& store, const std::vector<ProfiledCandidate>& candidates, const PowerModel& model) {
  constexpr double kJoulesPerMillijoule = 1e-3;
  for (const ProfiledCandidate& candidate : candidates) {
    AMSEL_ASSIGN_OR_RETURN(const double cost_ms, MeanCostMs(store, candidate.id));
    const StoredEnergy energy{.joules_per_run = model.Millijoules(cost_ms) * kJoulesPerMillijoule,
                              .source = SourceOf(model)};
    AMSEL_RETURN_IF_ERROR(store.PutEnergy(candidate.id, candidate.config, energy));
  }
  return {};
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> RecordEnergy(ProfileStore& store,
                                                                      std::vector<ProfiledCandidate>& candidates,
                                                                      const std::vector<Image>& images,
                                                                      EnergyInstruments& instruments,
                                                                      const Clock& clock) {
  std::vector<std::pair<std::string, std::string>> without;
  EnergyReport report;
  if (instruments.meter) {
    std::vector<EnergyTask> tasks;
    for (ProfiledCandidate& candidate : candidates) tasks.push_back(TaskOf(candidate, images));
    AMSEL_ASSIGN_OR_RETURN(report, MeasureEnergy(instruments, clock, tasks));
  }
  AMSEL_RETURN_IF_ERROR(store.Begin());
  for (const ProfiledCandidate& candidate : candidates)
    AMSEL_RETURN_IF_ERROR(store.RemoveEnergy(candidate.id, candidate.config));
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const EnergyOutcome& outcome = report.outcomes[i];
    if (!outcome.figure) {
      without.emplace_back(candidates[i].name(), outcome.why_not);
      continue;
    }
    const StoredEnergy energy{outcome.figure->joules, report.source, outcome.figure->joules_half_width,
                              IdleWatts(report), outcome.figure->blocks};
    AMSEL_RETURN_IF_ERROR(store.PutEnergy(candidates[i].id, candidates[i].config, energy));
  }
  // Measured figures and estimates do not compare, so a profile has either.
  if (instruments.model && without.size() == report.outcomes.size()) {
    AMSEL_RETURN_IF_ERROR(RecordEstimates(store, candidates, *instruments.model));
  }
  AMSEL_RETURN_IF_ERROR(store.Commit());
  return without;
}

}  // namespace amsel
