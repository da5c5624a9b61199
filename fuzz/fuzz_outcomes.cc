// A user's own table of outcomes; one that is accepted must be whole, and small ones must be fit to be examined and
// learned from.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "doctor/doctor.h"
#include "learn/learners.h"
#include "learn/simulate.h"
#include "outcomes/outcomes_csv.h"

namespace {

constexpr std::size_t kMostImages = 24;  // of tables that are also examined, which takes far longer than to read them
constexpr std::size_t kMostCandidates = 4;

bool Sound(const amsel::Outcomes& table) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.candidates[c].name.empty() || !(table.MeanCostMs(c) > 0)) return false;
    const std::vector<float> sure = table.ConfidencesOf(c, amsel::AllRows(table));
    if (!sure.empty() && sure.size() != table.image_count()) return false;
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      if (!(table.UtilityOf(c, i) >= 0 && table.UtilityOf(c, i) <= 1) || !(table.InferenceMs(c, i) >= 0)) return false;
      if (!sure.empty() && !(sure[i] >= 0 && sure[i] <= 1)) return false;
    }
  }
  return table.candidate_count() > 0 && table.image_count() > 0;
}

/// Learns by validation, where there is enough to learn from, and plays what was learned.
void Learn(const amsel::Outcomes& table) {
  const amsel::LearnOptions options;
  const std::vector<std::size_t> rows = amsel::AllRows(table);
  if (!amsel::CheckLearnable(table, rows, options.inner_folds, options).ok()) return;
  const amsel::LearnedPolicy learned = amsel::MakeLearner("auto", options).value()(table, rows);
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  for (std::size_t point = 0; point < learned.policy->operating_points().size(); ++point) {
    amsel::Simulator simulator(table, learned, static_cast<int>(point));
    for (const std::size_t i : rows) {
      const amsel::SimulatedRun run = simulator.Run(i);
      if (run.path.empty() || !is_share(run.Worth()) || !is_share(run.probability)) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = amsel::ParseOutcomesCsv(text, "outcomes.csv");
  if (!table.ok()) return 0;
  if (!Sound(*table)) std::abort();
  if (table->image_count() > kMostImages || table->candidate_count() > kMostCandidates) return 0;
  (void)amsel::DiagnosisToJson(amsel::Diagnose(*table, amsel::AllRows(*table), {}));
  Learn(*table);
  return 0;
}
