#include "bundle/manifest.h"

#include <algorithm>
#include <array>
#include <set>

#include "amsel/candidate.h"
#include "base/status_macros.h"
#include "card/feature_dnn_card.h"
#include "card/view.h"
#include "features/dnn_features.h"
#include "policy/policy.h"

namespace amsel {
namespace {

constexpr const char* kSchema = "amsel.bundle/1";
constexpr std::array kKindNames{"accuracy", "not-worse-than-single-best"};
constexpr std::array kOutcomeNames{"holds", "fails", "not-reached", "refused", "no-claim"};

/// The enumerator that `names` has a name for.
template <typename Enum, std::size_t Count>
Enum EnumFromJson(JsonReader& reader, const std::string& key, const std::array<const char*, Count>& names) {
  const std::string name = reader.Choice(key, {names.begin(), names.end()});
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Enum{} : static_cast<Enum>(found - names.begin());
}

ConformanceCheck ConformanceFromJson(JsonReader reader) {
  ConformanceCheck conformance;
  conformance.tensors = reader.Integer("tensors", 0, INT64_MAX);
  conformance.same_answers = reader.Integer("same_answers", 0, INT64_MAX);
  conformance.largest_difference = reader.Number("largest_difference", 0, 1);
  conformance.holds = reader.Boolean("holds");
  return conformance;
}

/// With what, and how it answered: the same of candidates and feature DNNs.
Json WayToJson(const DnnCost& cost) {
  return {
      {"backend", cost.backend},   {"backend_version", cost.backend_version},
      {"provider", cost.provider}, {"precision", cost.precision},
      {"device", cost.device},     {"threads", cost.threads},
      {"graph", cost.graph},       {"conformance", cost.conformance ? ConformanceToJson(*cost.conformance) : Json()}};
}

Json CostToJson(const DnnCost& cost) {
  Json json = WayToJson(cost);
  json["preprocess_ms"] = cost.preprocess_ms;
  json["inference_ms"] = {{"mean", cost.inference_ms}, {"p50", cost.inference_p50_ms}, {"p99", cost.inference_p99_ms}};
  json["load_ms"] = cost.load_ms;
  json["resident_bytes"] = cost.resident_bytes;
  json["energy_mj"] = cost.energy_mj ? Json(*cost.energy_mj) : Json();
  json["energy_source"] = cost.energy_source.empty() ? Json() : Json(cost.energy_source);
  if (cost.inference_after_ms) json["inference_after_ms"] = *cost.inference_after_ms;
  if (!cost.int8.empty()) json["int8"] = cost.int8;
  return json;
}

/// A back end's name and never a path: whoever opens a bundle runs no library that the bundle names.
std::string BackendFromJson(JsonReader& reader) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string name = reader.String("backend");
  if (name.find_first_not_of(kPlain) != std::string::npos) {
    reader.Fault("backend", "a name of lower-case letters, digits, - and _");
  }
  return name;
}

DnnCost WayFromJson(JsonReader& reader) {
  DnnCost cost;
  cost.backend = BackendFromJson(reader);
  cost.backend_version = reader.String("backend_version");
  cost.provider = reader.StringOr("provider", cost.provider);
  if (reader.Has("precision")) cost.precision = reader.Choice("precision", PrecisionNames());
  cost.device = reader.String("device");
  cost.threads = static_cast<int>(reader.Integer("threads", 0, kMostThreads));
  cost.graph = reader.Choice("graph", GraphOptimizationNames());
  if (reader.Has("conformance")) cost.conformance = ConformanceFromJson(reader.Object("conformance"));
  return cost;
}

DnnCost CostFromJson(JsonReader& reader) {
  DnnCost cost = WayFromJson(reader);
  cost.preprocess_ms = reader.Number("preprocess_ms", 0);
  JsonReader inference = reader.Object("inference_ms");
  cost.inference_ms = inference.Number("mean", 0);
  cost.inference_p50_ms = inference.Number("p50", 0);
  cost.inference_p99_ms = inference.Number("p99", 0);
  if (reader.Has("inference_after_ms")) cost.inference_after_ms = reader.Number("inference_after_ms", 0);
  if (reader.Has("int8")) cost.int8 = reader.String("int8");
  cost.load_ms = reader.Number("load_ms", 0);
  cost.resident_bytes = reader.Integer("resident_bytes", 0, INT64_MAX);
  if (reader.Has("energy_mj")) cost.energy_mj = reader.Number("energy_mj", 0);
  if (reader.Has("energy_source")) cost.energy_source = reader.String("energy_source");
  return cost;
}

/// What is told alike of candidates and feature DNNs. What goes without saying is not said: readers of old know bundles
/// of one file per DNN.
void AddDnn(const Dnn& dnn, Json& json) {
  json["sha256"] = dnn.sha256;
  json["license"] = dnn.license;
  json["source"] = dnn.source;
  if (dnn.names.file != kOnnxName) json["file"] = dnn.names.file;
  if (!dnn.names.data_files.empty()) json["data_files"] = dnn.names.data_files;
}

void ReadDnn(JsonReader& reader, Dnn& dnn) {
  dnn.sha256 = reader.String("sha256");
  dnn.license = reader.String("license");
  dnn.source = reader.String("source");
  if (reader.Has("file")) dnn.names.file = reader.Choice("file", {kOnnxName, kOrtName});
  if (reader.Has("data_files")) dnn.names.data_files = reader.Strings("data_files");
  const auto& names = dnn.names.data_files;
  for (const std::string& name : names) {
    if (!CheckDataFileName(name).ok()) reader.Fault("data_files", "relative paths that stay in the DNN's folder");
  }
  if (std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) != names.end()) {
    reader.Fault("data_files", "names in order, each once");
  }
}

Json CandidateToJson(const ManifestCandidate& candidate) {
  Json costs = Json::array();
  for (const DnnCost& cost : candidate.costs) costs.push_back(CostToJson(cost));
  Json json{{"name", candidate.name},
            {"view", ViewText(candidate.view)},
            {"folder", candidate.folder},
            {"costs", costs},
            {"preprocess_key", candidate.preprocess_key},
            {"training_top1", candidate.training_top1}};
  AddDnn(candidate, json);
  return json;
}

Json FeatureDnnToJson(const Dnn& dnn) {
  const DnnCost& cost = dnn.costs.front();
  Json json = WayToJson(cost);
  json["values"] = dnn.feature_values;
  json["cost_ms"] = cost.inference_ms;
  AddDnn(dnn, json);
  return json;
}

Dnn FeatureDnnFromJson(JsonReader reader) {
  Dnn dnn;
  dnn.folder = kFeatureDnnName;
  ReadDnn(reader, dnn);
  dnn.feature_values = static_cast<int>(reader.Integer("values", 1, kMostFeatureDnnValues));
  for (const char* field : {"provider", "precision"}) (void)reader.String(field);  // of candidates they may be left out
  dnn.costs = {WayFromJson(reader)};
  dnn.costs.front().inference_ms = reader.Number("cost_ms", 0);
  return dnn;
}

/// Each value of the feature DNN that is read must be one that it gives; there is none where none is read.
void CheckFeatureDnn(JsonReader& reader, const Manifest& manifest) {
  const std::vector<std::string> read = DnnFeaturesIn(manifest.features);
  const int values = manifest.feature_dnn ? manifest.feature_dnn->feature_values : 0;
  const bool fits = std::all_of(read.begin(), read.end(),
                                [&](const std::string& name) { return DnnValueOf(name).value_or(0) < values; });
  if (!fits || read.empty() != !manifest.feature_dnn) {
    reader.Fault(kFeatureDnnName, "the DNN that gives the features `dnn.0` ... which the policy reads, and only then");
  }
}

View ViewFromJson(JsonReader& reader) {
  const std::optional<View> view = ParseView(reader.String("view"));
  if (!view) reader.Fault("view", kViewForms);
  return view.value_or(View{});
}

ManifestCandidate CandidateFromJson(JsonReader& reader) {
  ManifestCandidate candidate;
  candidate.name = reader.Name("name");
  candidate.view = ViewFromJson(reader);
  candidate.folder = reader.Name("folder");
  candidate.preprocess_key = reader.String("preprocess_key");
  candidate.training_top1 = reader.Number("training_top1", 0, 1);
  for (JsonReader& cost : reader.Objects("costs")) candidate.costs.push_back(CostFromJson(cost));
  ReadDnn(reader, candidate);
  return candidate;
}

Json CertificateToJson(const ManifestCertificate& certificate) {
  Json json = {{"kind", CertificateKindName(certificate.kind)},
               {"outcome", ClaimOutcomeName(certificate.outcome)},
               {"claim", certificate.claim ? Json(*certificate.claim) : Json()},
               {"claim_level", certificate.claim_level},
               {"bound", certificate.bound},
               {"bound_level", certificate.bound_level},
               {"limit", certificate.limit},
               {"images", certificate.images},
               {"note", certificate.note}};
  if (certificate.images_needed) json["images_needed"] = *certificate.images_needed;
  return json;
}

ManifestCertificate CertificateFromJson(JsonReader& reader) {
  ManifestCertificate certificate;
  certificate.kind = EnumFromJson<CertificateKind>(reader, "kind", kKindNames);
  certificate.outcome = EnumFromJson<ClaimOutcome>(reader, "outcome", kOutcomeNames);
  if (reader.Has("claim")) certificate.claim = reader.Number("claim", 0, 1);
  if (certificate.claim.has_value() != (certificate.outcome != ClaimOutcome::kNoClaim)) {
    reader.Fault("claim", "a number, or null where the outcome is \"no-claim\"");
  }
  certificate.claim_level = reader.Number("claim_level", 0, 1);
  certificate.bound = reader.Number("bound", certificate.kind == CertificateKind::kAccuracy ? 0 : -1, 1);
  certificate.bound_level = reader.Number("bound_level", 0, 1);
  certificate.limit = reader.Number("limit", 0, 1);
  certificate.images = reader.Integer("images", 0, INT64_MAX);
  if (reader.Has("images_needed")) certificate.images_needed = reader.Integer("images_needed", 1, INT64_MAX);
  certificate.note = reader.String("note");
  return certificate;
}

Json PointToJson(const ManifestPoint& point) {
  Json paths = Json::array();
  for (const PathEntry& path : point.paths) {
    paths.push_back({{"sequence", path.sequence}, {"share", path.share}, {"accuracy", path.accuracy}});
  }
  Json certificates = Json::array();
  for (const ManifestCertificate& certificate : point.certificates) {
    certificates.push_back(CertificateToJson(certificate));
  }
  Json json = {{"name", point.name},
               {"top1", point.top1},
               {"top1_ci95", {point.top1_low, point.top1_high}},
               {"latency_ms",
                {{"mean", point.latency_ms},
                 {"p50", point.latency_p50_ms},
                 {"p99", point.latency_p99_ms},
                 {"worst_path", point.worst_path_ms}}},
               {"paths", paths},
               {"certificates", certificates}};
  if (!point.same_as.empty()) json["same_as"] = point.same_as;
  if (point.gain) json["over_single_best"] = {{"gain", *point.gain}, {"standard_error", point.gain_error}};
  return json;
}

ManifestPoint PointFromJson(JsonReader& reader) {
  ManifestPoint point;
  point.name = reader.Name("name");
  point.top1 = reader.Number("top1", 0, 1);
  const std::vector<double> interval = reader.Numbers("top1_ci95");
  if (interval.size() == 2) {
    point.top1_low = interval[0];
    point.top1_high = interval[1];
  } else {
    reader.Fault("top1_ci95", "two numbers");
  }
  if (reader.Has("same_as")) point.same_as = reader.Name("same_as");
  if (reader.Has("over_single_best")) {
    JsonReader over = reader.Object("over_single_best");
    point.gain = over.Number("gain", -1, 1);
    point.gain_error = over.Number("standard_error", 0, 1);
  }
  JsonReader latency = reader.Object("latency_ms");
  point.latency_ms = latency.Number("mean", 0);
  point.latency_p50_ms = latency.Number("p50", 0);
  point.latency_p99_ms = latency.Number("p99", 0);
  point.worst_path_ms = latency.Number("worst_path", 0);
  for (JsonReader& path : reader.Objects("paths")) {
    point.paths.push_back({path.Names("sequence"), path.Number("share", 0, 1), path.Number("accuracy", 0, 1)});
  }
  std::set<CertificateKind> kinds;
  for (JsonReader& certificate : reader.Objects("certificates")) {
    point.certificates.push_back(CertificateFromJson(certificate));
    if (!kinds.insert(point.certificates.back().kind).second) certificate.Fault("kind", "at most one of a kind");
  }
  return point;
}

void CheckCandidates(JsonReader& reader, const Manifest& manifest) {
  std::set<std::string> names;
  for (const ManifestCandidate& candidate : manifest.candidates) names.insert(candidate.name);
  if (names.empty() || names.size() > kMaxCandidates || names.size() != manifest.candidates.size()) {
    reader.Fault("candidates", "1 to 64 candidates with names of their own");
  }
  if (!names.contains(manifest.single_best)) reader.Fault("single_best", "the name of a candidate");
  const std::string& derived = manifest.derived_single;
  if (!derived.empty() && (derived == manifest.single_best || !names.contains(derived))) {
    reader.Fault("derived_single", "the name of a candidate other than the single best");
  }
}

}  // namespace

Json ConformanceToJson(const ConformanceCheck& conformance) {
  return {{"tensors", conformance.tensors},
          {"same_answers", conformance.same_answers},
          {"largest_difference", conformance.largest_difference},
          {"holds", conformance.holds}};
}

BackendIdentity IdentityOf(const DnnCost& cost) {
  return {cost.backend, cost.provider, PrecisionNamed(cost.precision)};
}

std::string Dnn::path() const {
  return feature_values > 0 ? folder : "candidates/" + folder;
}

bool ManifestPoint::certified() const {
  return std::any_of(certificates.begin(), certificates.end(),
                     [](const ManifestCertificate& one) { return one.outcome == ClaimOutcome::kHolds; });
}

const char* CertificateKindName(CertificateKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

const char* ClaimOutcomeName(ClaimOutcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

Json ManifestToJson(const Manifest& manifest) {
  Json candidates = Json::array();
  for (const ManifestCandidate& candidate : manifest.candidates) candidates.push_back(CandidateToJson(candidate));
  Json points = Json::array();
  for (const ManifestPoint& point : manifest.operating_points) points.push_back(PointToJson(point));
  Json json = {{"schema", kSchema},
               {"amsel_version", manifest.amsel_version},
               {"classes", manifest.classes},
               {"decode_min_side", manifest.decode_min_side},
               {"candidates", candidates},
               {"single_best", manifest.single_best},
               {"features",
                {{"code_version", manifest.feature_code_version},
                 {"names", manifest.features},
                 {"cost_ms", manifest.features_ms}}},
               {"policy", {{"kind", manifest.policy_kind}, {"file", "policy.safetensors"}}},
               {"operating_points", points},
               {"training",
                {{"images", manifest.training_images},
                 {"data_sha256", manifest.training_data_sha256},
                 {"options", manifest.training_options}}}};
  if (!manifest.derived_single.empty()) json["derived_single"] = manifest.derived_single;
  if (manifest.feature_dnn) json[kFeatureDnnName] = FeatureDnnToJson(*manifest.feature_dnn);
  return json;
}

Result<Manifest> ManifestFromJson(const Json& json, const std::string& file) {
  JsonReader reader(json, file);
  reader.Schema(kSchema);
  Manifest manifest;
  manifest.amsel_version = reader.String("amsel_version");
  manifest.classes = static_cast<int>(reader.Integer("classes", kOwnAnswers, 1 << 20));
  if (reader.Has("decode_min_side")) {
    manifest.decode_min_side = static_cast<int>(reader.Integer("decode_min_side", 0, INT32_MAX));
  }
  for (JsonReader& candidate : reader.Objects("candidates")) {
    manifest.candidates.push_back(CandidateFromJson(candidate));
  }
  manifest.single_best = reader.String("single_best");
  manifest.derived_single = reader.StringOr("derived_single", "");
  JsonReader features = reader.Object("features");
  manifest.feature_code_version = static_cast<int>(features.Integer("code_version", 0, INT32_MAX));
  manifest.features = features.Strings("names");
  manifest.features_ms = features.Number("cost_ms", 0);
  if (reader.Has(kFeatureDnnName)) manifest.feature_dnn = FeatureDnnFromJson(reader.Object(kFeatureDnnName));
  CheckFeatureDnn(reader, manifest);
  manifest.policy_kind = reader.Object("policy").String("kind");
  for (JsonReader& point : reader.Objects("operating_points")) {
    ManifestPoint read = PointFromJson(point);
    const auto& before = manifest.operating_points;
    const bool known = read.same_as.empty() || std::any_of(before.begin(), before.end(), [&](const ManifestPoint& one) {
                         return one.name == read.same_as && one.same_as.empty();
                       });
    if (!known) point.Fault("same_as", "the name of an earlier point that is the same as no other");
    manifest.operating_points.push_back(std::move(read));
  }
  if (manifest.operating_points.empty()) reader.Fault("operating_points", "at least one operating point");
  JsonReader training = reader.Object("training");
  manifest.training_images = training.Integer("images", 0, INT64_MAX);
  manifest.training_data_sha256 = training.String("data_sha256");
  manifest.training_options = training.Object("options").json();
  CheckCandidates(reader, manifest);
  AMSEL_RETURN_IF_ERROR(reader.status());
  return manifest;
}

}  // namespace amsel
