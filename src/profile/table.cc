#include "profile/table.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "features/dnn_features.h"

namespace amsel {

std::string ProfileTable::DataHash() const {
  std::string text;
  for (std::size_t c = 0; c < candidates.size(); ++c) text += candidates[c].name + " " + profiled[c].file_sha256 + "\n";
  if (feature_dnn) text += std::string(kDnnFeatures) + " " + feature_dnn->file_sha256 + "\n";
  for (std::size_t i = 0; i < images.size(); ++i) {
    text += images[i].sha256 + " " + std::to_string(images[i].label) + " " + std::to_string(groups[i]) + " " +
            images[i].split + "\n";
  }
  return Sha256Hex(text);
}

Result<std::vector<ConformanceRecord>> ProfileTable::ConformanceOf(std::int64_t id, const std::string& name) const {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(source, /*writable=*/false));
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare("SELECT pixels, log_prob FROM conformance WHERE candidate = ? ORDER BY item"));
  query.Bind(id);
  std::vector<ConformanceRecord> records;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return records;
    const std::string_view bytes = query.Bytes(1);
    if (bytes.size() % sizeof(float) != 0) {
      return BadInput(source + ": the conformance outputs of " + name + " are not whole numbers of float32");
    }
    ConformanceRecord record{query.Text(0), std::vector<float>(bytes.size() / sizeof(float))};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(record.answer.data()));
    records.push_back(std::move(record));
  }
}

Result<std::vector<ConformanceRecord>> ProfileTable::Conformance(std::size_t c) const {
  return ConformanceOf(profiled[c].id, candidates[c].name);
}

Result<std::vector<ConformanceRecord>> ProfileTable::FeatureDnnConformance() const {
  return ConformanceOf(kFeatureDnnId, "the feature DNN");
}

}  // namespace amsel
