// What a profile has run on every image. Internal to the profiler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/dnn_views.h"
#include "features/features.h"
#include "profile/block.h"
#include "profile/feature_dnn_turn.h"
#include "profile/profiler.h"
#include "profile/store.h"

namespace amsel {

/// Image features that pixels and files tell.
struct ExtractedFeatures {
  std::vector<std::string> names;
  FeatureExtractor extractor;

  bool Missing(const StoredProgress& done, std::int64_t input) const;
  /// Extracts them and puts them on record.
  Status Record(const LoadedImage& loaded, const Clock& clock, ProfileStore& store);
};

struct ProfileSubjects {
  std::vector<ProfiledCandidate> candidates;
  std::optional<FeatureDnnTurn> feature_dnn;
  ExtractedFeatures features;

  /// Whether the image lacks anything that these give.
  bool Missing(const StoredProgress& done, std::int64_t input) const;
};

/// Every DNN of the zoo in its views, identity first, and on record. `opened`: the DNNs, for a new profile; one that is
/// continued says itself which views it has of them.
Result<std::vector<ProfiledCandidate>> OpenCandidates(const Zoo& zoo, const Placement& rest,
                                                      const ProfileOptions& options,
                                                      std::optional<std::vector<OpenedDnn>> opened, const Clock& clock,
                                                      ProfileStore& store);

/// The feature DNN of `file`, on record; none where it is empty.
Result<std::optional<FeatureDnnTurn>> SettleFeatureDnn(const std::string& file, const Placement& at,
                                                       ProfileStore& store);

/// Those that are wanted and those that are there already, which stay complete, and stay timed together with those that
/// are added.
Result<ExtractedFeatures> SettleFeatures(const std::vector<std::string>& wanted, const StoredProgress& done);

}  // namespace amsel
