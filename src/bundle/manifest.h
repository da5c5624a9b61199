// manifest.json of a bundle: schema amsel.bundle/1 (docs/formats/bundle.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/backends.h"
#include "base/json.h"
#include "card/dnn_files.h"
#include "card/view.h"

namespace amsel {

/// How a DNN answered its conformance tensors with a back end that it was not profiled with.
struct ConformanceCheck {
  std::int64_t tensors = 0;
  std::int64_t same_answers = 0;
  double largest_difference = 0;  ///< between probabilities
  bool holds = false;             ///< within the tolerance: answers count as those that were profiled
};

Json ConformanceToJson(const ConformanceCheck& conformance);

/// What a DNN costs on one device with one back end: as profiled, or as measured by retarget.
struct DnnCost {
  std::string backend;
  std::string backend_version;
  std::string device;
  int threads = 1;
  std::string graph;         ///< graph optimisation: none, basic, extended, all
  double preprocess_ms = 0;  ///< 0 of a feature DNN, whose inference_ms is all that it takes
  double inference_ms = 0;   ///< mean
  double inference_p50_ms = 0;
  double inference_p99_ms = 0;
  double load_ms = 0;
  std::int64_t resident_bytes = 0;
  std::optional<double> energy_mj;  ///< per run; absent where nothing measured it
  std::string energy_source{};  ///< what measured it, or "estimate: …"; empty where there is none, or it is not told
  std::string provider = "cpu";
  std::string precision = "full";                 ///< full, half
  std::optional<ConformanceCheck> conformance{};  ///< absent in what was profiled, which answers are compared with
  std::optional<double> inference_after_ms{};     ///< mean right after another candidate; absent: not measured
  std::string int8{};                             ///< SessionInfo::int8

  /// Mean inference: warm, where a candidate answers image after image alone, or right after another one.
  double InferenceMs(bool warm) const { return warm ? inference_ms : inference_after_ms.value_or(inference_ms); }
};

/// What the cost was measured with.
BackendIdentity IdentityOf(const DnnCost& cost);

/// What the files of a DNN are called, relative to their folder in the bundle.
struct DnnNames {
  std::string file = kOnnxName;           ///< or kOrtName
  std::vector<std::string> data_files{};  ///< those that it names, in order
};

/// One network of a bundle. Its card is a file of the bundle (Bundle::CardOf).
struct Dnn {
  std::string folder{};  ///< its own name among the bundle's DNNs
  std::string sha256{};  ///< DnnSha256
  std::string license{};
  std::string source{};
  std::vector<DnnCost> costs{};  ///< the planning one first; of a feature DNN that one alone
  DnnNames names{};
  int feature_values = 0;  ///< where its outputs are image features, that the policy reads: how many; else 0

  /// Of the folder with its card and files, in the bundle.
  std::string path() const;
};

/// A DNN that could answer, and a view of the image. Two views of one DNN say the same of it.
struct ManifestCandidate : Dnn {
  std::string name{};
  View view{};
  std::string preprocess_key{};
  double training_top1 = 0;
};

/// One sequence of candidates that the policy takes, from out-of-fold simulation on the training images.
struct PathEntry {
  std::vector<std::string> sequence;
  double share = 0;
  double accuracy = 0;
};

/// What became of the claim of a certificate.
enum class ClaimOutcome {
  kHolds,       ///< it passed its test
  kFails,       ///< it was tested and did not pass
  kNotReached,  ///< a point before it in the order did not pass, so it was not tested
  kRefused,     ///< so few images cannot show it
  kNoClaim      ///< none was asked for; the bound alone is stated
};

enum class CertificateKind { kAccuracy, kNotWorseThanSingleBest };

/// A claim about an operating point, tested on images that nothing was learned or chosen from (docs/measuring.md).
/// Shares of images are fractions. kAccuracy: the accuracy is `claim` or more. kNotWorseThanSingleBest: its accuracy
/// is at most `claim` below that of the single best.
struct ManifestCertificate {
  CertificateKind kind = CertificateKind::kAccuracy;
  ClaimOutcome outcome = ClaimOutcome::kNoClaim;
  std::optional<double> claim;  ///< absent exactly with kNoClaim
  double claim_level = 0;       ///< probability, at most, that any claim of this kind holds here and is false
  double bound = 0;             ///< lower on the accuracy, or upper on how far it is below the single best's
  double bound_level = 0;       ///< error probability of `bound`; claim_level shared among the points of the bundle
  double limit = 0;             ///< best claim that so many images could carry: all right, or none answered differently
  std::int64_t images = 0;      ///< that were counted, one per group
  /// Where the claim does not hold: about how many images, one a group, would show it; absent where none would.
  std::optional<std::int64_t> images_needed{};
  std::string note;  ///< for people: what was counted, and why the claim does not hold
};

/// Names in manifest.json.
const char* CertificateKindName(CertificateKind kind);
const char* ClaimOutcomeName(ClaimOutcome outcome);

struct ManifestPoint {
  std::string name;
  std::string same_as{};  ///< an earlier point that decides alike on every image; empty where there is none
  double top1 = 0;
  double top1_low = 0;  ///< 95 % interval
  double top1_high = 0;
  /// Accuracy on the training images less the single best's, by the measure that was trained for, with one standard
  /// error of that difference. Absent in older bundles.
  std::optional<double> gain{};
  double gain_error = 0;
  double latency_ms = 0;  ///< planned mean
  double latency_p50_ms = 0;
  double latency_p99_ms = 0;
  double worst_path_ms = 0;  ///< planned
  std::vector<PathEntry> paths;
  std::vector<ManifestCertificate> certificates{};  ///< at most one of a kind

  /// Whether one of them holds.
  bool certified() const;
};

struct Manifest {
  std::string amsel_version;
  int classes = 0;
  int decode_min_side = 0;  ///< DecodeOptions::min_side of the profile
  std::vector<ManifestCandidate> candidates;
  std::string single_best;
  std::string derived_single{};  ///< of the derived candidates, the one that stands beside it; empty: none, or not told
  int feature_code_version = 0;
  std::vector<std::string> features;
  double features_ms = 0;
  std::optional<Dnn> feature_dnn{};  ///< there exactly where features are its values; its folder is kFeatureDnnName
  std::string policy_kind;
  std::vector<ManifestPoint> operating_points;
  std::int64_t training_images = 0;
  std::string training_data_sha256;
  Json training_options;  ///< as given to train, for people
};

Json ManifestToJson(const Manifest& manifest);

/// Checks every field; the error names `file` and the field.
Result<Manifest> ManifestFromJson(const Json& json, const std::string& file);

}  // namespace amsel
