// What candidates answered, and how long they took.
#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "base/half.h"
#include "profile/output_row.h"
#include "profile/row_limits.h"
#include "profile/table_loader.h"

namespace amsel {
namespace {

using StoredConfigs = std::map<std::int64_t, StoredConfig>;

Result<StoredConfigs> LoadConfigs(RowReader& rows) {
  StoredConfigs configs;
  const std::string int8 = rows.store().older() ? "''" : "int8";
  AMSEL_RETURN_IF_ERROR(rows.Each(
      "SELECT id, backend, version, threads, graph, device, " + int8 + " FROM config", [&](Statement& q) -> Status {
        const auto threads = q.Whole(3, 0, kMostThreads);
        if (!threads)
          return rows.Wrong("threads of configuration " + q.Text(0),
                            "a whole number from 0 to " + std::to_string(kMostThreads));
        configs[q.Integer(0)] = {q.Text(1), q.Text(2), static_cast<int>(*threads), q.Text(4), q.Text(5), q.Text(6)};
        return {};
      }));
  return configs;
}

Status LoadRunFailures(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  table.ranks.assign(table.candidate_count() * table.image_count(), 0);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failures, rows.store().RunFailures());
  for (const StoredRunFailure& failure : failures) {
    if (const auto at = index.At(failure.input, failure.candidate)) table.ranks[*at] = Outcomes::kNoRank;
  }
  return {};
}

/// Every complete profile has answers of each candidate for half of the images.
Status CheckAnswered(const RowReader& rows, const ProfileTable& table) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    const std::size_t answered = table.image_count() - table.FailedOf(c);
    if (2 * answered >= table.image_count()) continue;
    return rows.Fault(table.candidates[c].name + " answered " + std::to_string(answered) + " of " +
                      std::to_string(table.image_count()) + " images");
  }
  return {};
}

Status LoadAfterRuns(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  std::vector<std::vector<StoredAfterRun>> by_candidate(table.candidate_count());
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> all, rows.store().AfterRuns());
  for (const StoredAfterRun& run : all) {
    const auto it = index.candidates.find(run.candidate);
    if (it == index.candidates.end()) continue;
    if (!IsTime(run.after) || !IsTime(run.again)) {
      return rows.Wrong("times of " + table.candidates[it->second].name + " after another candidate", kTime);
    }
    by_candidate[it->second].push_back(run);
  }
  TakeAfterRuns(by_candidate, table);
  return {};
}

}  // namespace

Status LoadRuns(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  AMSEL_ASSIGN_OR_RETURN(StoredConfigs configs, LoadConfigs(rows));
  AMSEL_ASSIGN_OR_RETURN(const std::optional<StoredFeatureDnn> known, rows.store().FeatureDnn());
  if (known) table.feature_dnn = {known->file, known->sha256, known->card, configs[known->config]};
  AMSEL_RETURN_IF_ERROR(LoadRunFailures(rows, index, table));
  const std::size_t cells = table.ranks.size();
  table.preprocess_ms.assign(cells, 0);
  std::vector<TimedRun> runs(cells);
  std::size_t found = 0;
  const std::string use = rows.store().older() ? "NULL, NULL" : "cpu_ns, preemptions";
  AMSEL_RETURN_IF_ERROR(rows.Each("SELECT input, candidate, preprocess_ns, config, inference_ns, " + use + " FROM run",
                                  [&](Statement& q) -> Status {
                                    const auto at = index.At(q.Integer(0), q.Integer(1));
                                    if (!at || table.ranks[*at] == Outcomes::kNoRank) return {};
                                    if (runs[*at].wall.count() != 0)
                                      return rows.Fault("two rows: " + CellName("run", table, *at));
                                    const auto preprocess = q.Whole(2, 0, kMostNs);
                                    runs[*at] = TimedRunAt(q, 4);
                                    if (!preprocess || !IsTime(runs[*at]))
                                      return rows.Wrong(CellName("times", table, *at), kTime);
                                    table.preprocess_ms[*at] =
                                        static_cast<float>(static_cast<double>(*preprocess) * kMsPerNs);
                                    table.profiled[*at / table.image_count()].config = configs[q.Integer(3)];
                                    ++found;
                                    return {};
                                  }));
  const std::size_t missing = cells - table.failed_count() - found;
  if (missing > 0) return rows.Incomplete(std::to_string(missing) + " runs are missing");
  AMSEL_RETURN_IF_ERROR(CheckAnswered(rows, table));
  TakeTimes(runs, table);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.MeanInferenceMs(c) > 0) continue;
    return rows.Wrong("the processor time of " + table.candidates[c].name, "some");
  }
  return LoadAfterRuns(rows, index, table);
}

Status LoadOutputs(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  const auto classes = static_cast<std::size_t>(table.classes());
  const std::size_t cells = table.ranks.size();
  const std::size_t answered = cells - table.failed_count();
  if (sizeof(std::uint16_t) * answered * classes > rows.file_bytes()) return rows.Incomplete("outputs are missing");
  table.log_probs.assign(cells * classes, ToHalf(static_cast<float>(-std::log(table.classes()))));
  table.top_classes.assign(cells, -1);
  std::size_t found = 0;
  std::vector<float> row(classes);
  AMSEL_RETURN_IF_ERROR(
      rows.Each("SELECT input, candidate, blob FROM output WHERE kind = 'log_prob'", [&](Statement& q) -> Status {
        const auto at = index.At(q.Integer(0), q.Integer(1));
        if (!at || table.ranks[*at] == Outcomes::kNoRank) return {};
        const std::vector<std::uint16_t> halves = UnpackHalves(q.Bytes(2));
        if (table.top_classes[*at] >= 0) return rows.Fault("two rows: " + CellName("output", table, *at));
        if (const std::string fault = FaultOfLogProbs(halves, classes); !fault.empty()) {
          return rows.Fault(CellName("output", table, *at) + ": " + fault);
        }
        std::copy(halves.begin(), halves.end(), table.log_probs.begin() + static_cast<std::ptrdiff_t>(*at * classes));
        for (std::size_t k = 0; k < classes; ++k) row[k] = FromHalf(halves[k]);
        table.ranks[*at] = static_cast<std::uint16_t>(RankOf(row, table.images[*at % table.image_count()].label));
        table.top_classes[*at] = TopClass(row);
        ++found;
        return {};
      }));
  const std::size_t missing = answered - found;
  if (missing > 0) return rows.Incomplete(std::to_string(missing) + " outputs are missing");
  return {};
}

}  // namespace amsel
