// A user's own table of outcomes; one that is accepted must be whole, and small ones must be fit to be examined.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "evaluate/doctor.h"
#include "evaluate/outcomes_csv.h"

namespace {

constexpr std::size_t kMostImages = 24;  // of tables that are also examined, which takes far longer than to read them
constexpr std::size_t kMostCandidates = 4;

bool Sound(const amsel::DoctorTable& table) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    const amsel::RowSamples& single = table.singles[c];
    if (single.name.empty() || single.right.size() != table.image_count() || table.CostMs(c) <= 0) return false;
    if (!table.confidence[c].empty() && table.confidence[c].size() != table.image_count()) return false;
    for (const double right : single.right) {
      if (!(right >= 0 && right <= 1)) return false;
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
  (void)amsel::DiagnosisToJson(amsel::Diagnose(*table, {}));
  return 0;
}
