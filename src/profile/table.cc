#include "profile/table.h"

#include <algorithm>

#include "backend/canonical.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "features/premodel_features.h"

namespace amsel {

void ProfileTable::LogProbsOf(std::size_t c, std::size_t i, std::span<float> out) const {
  const std::uint16_t* row = log_probs_.data() + (c * input_count() + i) * out.size();
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = FromHalf(row[k]);
}

std::vector<std::string> ProfileTable::PremodelFeatures() const {
  std::vector<std::string> names = PremodelFeaturesIn(feature_names);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return PremodelValueOf(a) < PremodelValueOf(b); });
  return names;
}

std::string ProfileTable::DataHash() const {
  std::string text;
  for (const ProfiledCandidateInfo& candidate : candidates) text += candidate.name + " " + candidate.file_sha256 + "\n";
  if (premodel) text += std::string(kPremodelFeatures) + " " + premodel->file_sha256 + "\n";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    text += inputs[i].sha256 + " " + std::to_string(inputs[i].label) + " " + std::to_string(groups[i]) + " " +
            inputs[i].split + "\n";
  }
  return Sha256Hex(text);
}

Result<std::vector<ConformanceRecord>> ProfileTable::Conformance(std::size_t c) const {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare("SELECT pixels, log_prob FROM conformance WHERE candidate = ? ORDER BY item"));
  query.Bind(candidate_ids_[c]);
  std::vector<ConformanceRecord> records;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return records;
    const std::string_view bytes = query.Bytes(1);
    if (bytes.size() % sizeof(float) != 0) {
      return BadInput(file + ": the conformance outputs of " + candidates[c].name +
                      " are not whole numbers of float32");
    }
    ConformanceRecord record{query.Text(0), std::vector<float>(bytes.size() / sizeof(float))};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(record.log_probs.data()));
    records.push_back(std::move(record));
  }
}

}  // namespace amsel
