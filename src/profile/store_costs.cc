// What the store records of costs: times, memory, energy.
#include "base/status_macros.h"
#include "profile/store.h"

namespace amsel {
namespace {

std::optional<std::int64_t> CpuColumn(const TimedRun& run) {
  return run.cpu ? std::optional<std::int64_t>(run.cpu->count()) : std::nullopt;
}

std::optional<std::int64_t> PreemptionsColumn(const TimedRun& run) {
  return run.cpu ? std::optional(run.preemptions) : std::nullopt;
}

}  // namespace

TimedRun TimedRunAt(const Statement& row, int column) {
  TimedRun run{Nanoseconds(row.Integer(column)), {}, row.Integer(column + 2)};
  if (!row.IsNull(column + 1)) run.cpu = Nanoseconds(row.Integer(column + 1));
  return run;
}

Status ProfileStore::PutLoad(std::int64_t candidate, std::int64_t config, Nanoseconds load,
                             std::int64_t resident_bytes) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO load VALUES(?,?,?,?)"));
  return put->Run(candidate, config, std::int64_t{load.count()}, resident_bytes);
}

Status ProfileStore::PutEnergy(std::int64_t candidate, std::int64_t config, const StoredEnergy& energy) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT INTO energy VALUES(?,?,?,?,?)"));
  AMSEL_RETURN_IF_ERROR(put->Run(candidate, config, energy.joules_per_run, energy.source, energy.interval));
  AMSEL_ASSIGN_OR_RETURN(Statement * add, Prepared("INSERT INTO energy_block VALUES(?,?,?,?,?,?,?,?)"));
  std::int64_t number = 0;
  for (const EnergyBlock& block : energy.blocks) {
    AMSEL_RETURN_IF_ERROR(add->Run(candidate, config, number++, block.joules, block.seconds, block.runs,
                                   block.other_load, energy.idle_watts));
  }
  return {};
}

Status ProfileStore::RemoveEnergy(std::int64_t candidate, std::int64_t config) {
  for (const char* table : {"energy", "energy_block"}) {
    AMSEL_ASSIGN_OR_RETURN(Statement * clear,
                           Prepared("DELETE FROM " + std::string(table) + " WHERE candidate = ? AND config = ?"));
    AMSEL_RETURN_IF_ERROR(clear->Run(candidate, config));
  }
  return {};
}

Status ProfileStore::PutRun(std::int64_t input, std::int64_t candidate, std::int64_t config, Nanoseconds preprocess,
                            const TimedRun& inference) {
  AMSEL_ASSIGN_OR_RETURN(
      Statement * put,
      Prepared("INSERT OR REPLACE INTO run(input, candidate, config, preprocess_ns, inference_ns, cpu_ns, preemptions) "
               "VALUES(?,?,?,?,?,?,?)"));
  return put->Run(input, candidate, config, std::int64_t{preprocess.count()}, std::int64_t{inference.wall.count()},
                  CpuColumn(inference), PreemptionsColumn(inference));
}

Status ProfileStore::PutAfterRun(const StoredAfterRun& run) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT INTO after_run VALUES(NULL,?,?,?,?,?,?,?,?,?)"));
  return put->Run(run.candidate, run.config, run.predecessor, std::int64_t{run.after.wall.count()},
                  CpuColumn(run.after), PreemptionsColumn(run.after), std::int64_t{run.again.wall.count()},
                  CpuColumn(run.again), PreemptionsColumn(run.again));
}

Result<std::vector<StoredAfterRun>> ProfileStore::AfterRuns() {
  std::vector<StoredAfterRun> runs;
  if (older_) return runs;
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      database_.Prepare("SELECT candidate, config, predecessor, inference_ns, cpu_ns, preemptions, again_inference_ns, "
                        "again_cpu_ns, again_preemptions FROM after_run ORDER BY id"));
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return runs;
    runs.push_back({query.Integer(0), query.Integer(1), query.Integer(2), TimedRunAt(query, 3), TimedRunAt(query, 6)});
  }
}

}  // namespace amsel
