// The image features: one extractor and a registry with name, meaning, range and the stages that each one needs.
// Most are of Taylor et al., "Adaptive Selection of Deep Learning Models on Embedded Systems", LCTES 2018, table of
// candidate features. Formulas and sources of all: docs/formats/features.md.
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
enum class FeatureStage { kReduce, kGray, kEdges, kAngles, kContours, kHue, kPlanes };
inline constexpr int kFeatureStageCount = 7;

/// "stage.reduce", …: under these names profiles record what the shared work costs.
std::string FeatureStageName(FeatureStage stage);

struct FeatureInfo {
  std::string name;
  std::string meaning;
  double low = 0;   ///< range of possible values
  double high = 0;  ///< infinity where there is no bound
  std::vector<FeatureStage> stages;
  bool of_file = false;  ///< read from FileFacts, not from pixels: frames of a camera do not have it
};

/// Every feature there is, in a fixed order.
const std::vector<FeatureInfo>& FeatureRegistry();

/// The names of all of them.
std::vector<std::string> AllFeatureNames();

/// Of those computed from pixels alone: what profiles record unless told otherwise.
std::vector<std::string> DefaultFeatureNames();

/// Of the few that gates of staged policies may read. A gate has a term for each pair of features: all of them would
/// cost more than they tell.
std::vector<std::string> GateFeatureNames();

/// The seven that the paper keeps (§ "Feature selection").
std::vector<std::string> PaperFeatureNames();

/// The names that `names` stand for, each once, in their order: a feature's own; `paper`, `default` or `all` for one of
/// the lists above. Those of a feature DNN stay as they are, `dnn` too: only a profile can tell how many it
/// stands for (NamesInTable). Error for any other.
Result<std::vector<std::string>> ExpandFeatureNames(const std::vector<std::string>& names);

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

  /// Whether any of the features is of the file: then images without FileFacts must not be given.
  bool reads_file() const;

  /// Values into out[names]. `image` is BGR and not empty. `times`, when given, is measured with `clock`.
  void Extract(const ImageView& image, std::span<float> out, FeatureTimes* times = nullptr,
               const Clock* clock = nullptr);

 private:
  struct State;
  explicit FeatureExtractor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace amsel
