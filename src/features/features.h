// The image features: one extractor and a registry with name, meaning, range and the stages that each one needs.
// Source of the first seven: Taylor et al., "Adaptive Selection of Deep Learning Models on Embedded Systems", LCTES
// 2018, table of candidate features. Formulas, and sources of the others: docs/formats/features.md.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "amsel/image.h"
#include "amsel/result.h"
#include "base/clock.h"

namespace amsel {

/// Changes whenever any feature's value may: bundles refuse features of another version.
inline constexpr int kFeatureCodeVersion = 1;

/// Work that several features share. Each is done once per image, and only when a feature asked for needs it.
enum class FeatureStage { kReduce, kGray, kContours, kHue, kPlanes };
inline constexpr int kFeatureStageCount = 5;

/// "stage.reduce", …: under these names profiles record what the shared work costs.
std::string FeatureStageName(FeatureStage stage);

struct FeatureInfo {
  std::string name;
  std::string meaning;
  double low = 0;   ///< range of possible values
  double high = 0;  ///< infinity where there is no bound
  std::vector<FeatureStage> stages;
};

/// Every feature there is, in a fixed order.
const std::vector<FeatureInfo>& FeatureRegistry();

/// The names of all of them.
std::vector<std::string> AllFeatureNames();

/// The seven that the paper keeps (§ "Feature selection").
std::vector<std::string> PaperFeatureNames();

/// What extraction took, to be charged to policies that use it.
struct FeatureTimes {
  std::vector<Nanoseconds> features;            ///< per extracted feature, shared work apart
  Nanoseconds stages[kFeatureStageCount] = {};  ///< per stage; 0 where it was not needed
};

/// Extracts some features of decoded images. Keeps its working memory between calls; not thread-safe.
class FeatureExtractor {
 public:
  /// Error when a name is not in the registry.
  static Result<FeatureExtractor> Create(const std::vector<std::string>& names);
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;

  /// Values into out[names]. `image` is BGR and not empty. `times`, when given, is measured with `clock`.
  void Extract(const ImageView& image, std::span<float> out, FeatureTimes* times = nullptr,
               const Clock* clock = nullptr);

 private:
  struct State;
  explicit FeatureExtractor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace amsel
