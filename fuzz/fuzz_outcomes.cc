// A user's own table of outcomes; one that is accepted must be whole, and small ones must be fit to be examined.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "doctor/doctor.h"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = amsel::ParseOutcomesCsv(text, "outcomes.csv");
  if (!table.ok()) return 0;
  if (!Sound(*table)) std::abort();
  if (table->image_count() > kMostImages || table->candidate_count() > kMostCandidates) return 0;
  (void)amsel::DiagnosisToJson(amsel::Diagnose(*table, amsel::AllRows(*table), {}));
  return 0;
}
