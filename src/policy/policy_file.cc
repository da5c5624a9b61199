#include "policy/policy_file.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/status_macros.h"
#include "policy/classifier_file.h"
#include "policy/premodel.h"
#include "policy/staged_file.h"

namespace amsel {
namespace {

constexpr const char* kSchema = "amsel.policy/1";
constexpr int kMaxClasses = 1 << 20;

void PutScaler(const FeatureScaler& scaler, TensorFile& file) {
  const auto count = static_cast<std::int64_t>(scaler.low.size());
  file.tensors["scaler.low"] = Tensor::Floats({count}, scaler.low);
  file.tensors["scaler.high"] = Tensor::Floats({count}, scaler.high);
}

Result<FeatureScaler> GetScaler(const TensorFile& content, std::size_t features, const std::string& file) {
  const auto count = static_cast<std::int64_t>(features);
  AMSEL_ASSIGN_OR_RETURN(const Tensor* low, content.Find("scaler.low", {count}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* high, content.Find("scaler.high", {count}, file));
  return FeatureScaler{low->floats, high->floats};
}

Result<KnnIndex> GetIndex(const TensorFile& content, const std::string& name, std::size_t features, int targets,
                          const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(const Tensor* points,
                         content.Find(name + ".points", {-1, static_cast<std::int64_t>(features)}, file));
  const std::int64_t count = points->shape[0];
  AMSEL_ASSIGN_OR_RETURN(const Tensor* values, content.Find(name + ".targets", {count, targets}, file));
  if (count < 1 || count > INT32_MAX) return BadInput(file + ": tensor `" + name + ".points` has no usable rows");
  return KnnIndex(points->floats, values->floats, static_cast<int>(count), static_cast<int>(features), targets);
}

PolicyCommon ReadCommon(JsonReader& reader) {
  PolicyCommon common;
  common.classes = static_cast<int>(reader.Integer("classes", kOwnAnswers, kMaxClasses));
  common.costs_ms = reader.Numbers("costs_ms");
  common.feature_names = reader.Strings("features");
  common.operating_points = reader.Names("operating_points");
  const std::vector<double> fallback = reader.Numbers("fallback");
  if (!reader.status().ok()) return common;
  const auto count = common.costs_ms.size();
  if (count < 1 || count > kMaxCandidates) reader.Fault("costs_ms", "one cost per candidate, 1 to 64 of them");
  std::vector<double> sorted = fallback;
  std::sort(sorted.begin(), sorted.end());
  bool permutation = sorted.size() == count;
  for (std::size_t i = 0; permutation && i < count; ++i) permutation = sorted[i] == static_cast<double>(i);
  if (!permutation) reader.Fault("fallback", "every candidate once");
  if (common.operating_points.empty()) reader.Fault("operating_points", "at least one name");
  if (reader.status().ok()) common.fallback.assign(fallback.begin(), fallback.end());
  return common;
}

Result<std::unique_ptr<Policy>> ReadSingle(JsonReader& reader, PolicyCommon common) {
  const auto last = static_cast<std::int64_t>(common.costs_ms.size()) - 1;
  const auto candidate = static_cast<CandidateId>(reader.Integer("candidate", 0, last));
  AMSEL_RETURN_IF_ERROR(reader.status());
  return std::unique_ptr<Policy>(std::make_unique<SinglePolicy>(std::move(common), candidate));
}

/// A field that lists candidates.
std::vector<CandidateId> ReadCandidates(JsonReader& reader, const std::string& key, std::size_t count) {
  std::vector<CandidateId> candidates;
  for (const double candidate : reader.Numbers(key)) {
    const bool sound = candidate >= 0 && candidate < static_cast<double>(count) && candidate == std::floor(candidate);
    if (!sound) {
      reader.Fault(key, "positions of candidates");
      return {};
    }
    candidates.push_back(static_cast<CandidateId>(candidate));
  }
  return candidates;
}

Result<std::unique_ptr<Policy>> ReadChain(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                          const std::string& file) {
  const auto last = static_cast<std::int64_t>(common.costs_ms.size()) - 1;
  const auto on_none = static_cast<CandidateId>(reader.Integer("on_none", 0, last));
  const std::vector<CandidateId> candidates = ReadCandidates(reader, "gates", common.costs_ms.size());
  std::vector<JsonReader> configs = reader.Objects("classifiers");
  if (reader.status().ok() && configs.size() != candidates.size()) reader.Fault("classifiers", "one for each gate");
  AMSEL_RETURN_IF_ERROR(reader.status());
  AMSEL_ASSIGN_OR_RETURN(FeatureScaler scaler, GetScaler(content, common.feature_names.size(), file));
  std::vector<ChainPolicy::Gate> gates;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    AMSEL_ASSIGN_OR_RETURN(auto classifier, GetClassifier("gate" + std::to_string(i), configs[i], content,
                                                          common.feature_names.size(), 2, file));
    gates.push_back({candidates[i], std::move(classifier)});
  }
  return std::unique_ptr<Policy>(
      std::make_unique<ChainPolicy>(std::move(common), std::move(scaler), std::move(gates), on_none));
}

Result<std::unique_ptr<Policy>> ReadMulticlass(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                               const std::string& file) {
  std::vector<CandidateId> choices = ReadCandidates(reader, "choices", common.costs_ms.size());
  JsonReader config = reader.Object("classifier");
  if (reader.status().ok() && (choices.size() < 2 || choices.size() > kMaxCandidates + 1)) {
    reader.Fault("choices", "a candidate for each class, 2 to 65 of them");
  }
  AMSEL_RETURN_IF_ERROR(reader.status());
  AMSEL_ASSIGN_OR_RETURN(FeatureScaler scaler, GetScaler(content, common.feature_names.size(), file));
  AMSEL_ASSIGN_OR_RETURN(auto classifier, GetClassifier("classifier", config, content, common.feature_names.size(),
                                                        static_cast<int>(choices.size()), file));
  return std::unique_ptr<Policy>(std::make_unique<MulticlassPolicy>(std::move(common), std::move(scaler),
                                                                    std::move(classifier), std::move(choices)));
}

Result<std::unique_ptr<Policy>> ReadPRight(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                           const std::string& file) {
  const auto k = static_cast<int>(reader.Integer("k", 1, kMaxNeighbours));
  std::vector<double> prices = reader.Numbers("prices_per_ms");
  if (reader.status().ok() && prices.size() != common.operating_points.size()) {
    reader.Fault("prices_per_ms", "one price per operating point");
  }
  AMSEL_RETURN_IF_ERROR(reader.status());
  AMSEL_ASSIGN_OR_RETURN(FeatureScaler scaler, GetScaler(content, common.feature_names.size(), file));
  AMSEL_ASSIGN_OR_RETURN(KnnIndex index, GetIndex(content, "knn", common.feature_names.size(),
                                                  static_cast<int>(common.costs_ms.size()), file));
  return std::unique_ptr<Policy>(
      std::make_unique<PRightPolicy>(std::move(common), std::move(scaler), std::move(index), k, std::move(prices)));
}

}  // namespace

void CommonPolicy::SaveCommon(PolicyRecord& record) const {
  record.config = {{"schema", kSchema},
                   {"kind", std::string(kind())},
                   {"classes", common_.classes},
                   {"costs_ms", common_.costs_ms},
                   {"fallback", common_.fallback},
                   {"features", common_.feature_names},
                   {"operating_points", common_.operating_points}};
}

void SinglePolicy::Save(PolicyRecord& record) const {
  SaveCommon(record);
  record.config["candidate"] = candidate_;
}

void ChainPolicy::Save(PolicyRecord& record) const {
  SaveCommon(record);
  record.config["on_none"] = on_none_;
  record.config["gates"] = record.config["classifiers"] = Json::array();
  PutScaler(scaler_, record.file);
  for (const Gate& gate : gates_) {
    const std::string name = "gate" + std::to_string(record.config["gates"].size());
    record.config["classifiers"].push_back(PutClassifier(name, *gate.classifier, record.file));
    record.config["gates"].push_back(gate.candidate);
  }
}

void MulticlassPolicy::Save(PolicyRecord& record) const {
  SaveCommon(record);
  record.config["choices"] = choices_;
  PutScaler(scaler_, record.file);
  record.config["classifier"] = PutClassifier("classifier", *classifier_, record.file);
}

void PRightPolicy::Save(PolicyRecord& record) const {
  SaveCommon(record);
  record.config["k"] = k_;
  record.config["prices_per_ms"] = prices_per_ms_;
  PutScaler(scaler_, record.file);
  index_.Save("knn", record.file);
}

TensorFile PolicyToTensorFile(const Policy& policy) {
  PolicyRecord record;
  policy.Save(record);
  record.file.metadata["config"] = record.config.dump();
  return std::move(record.file);
}

Result<std::unique_ptr<Policy>> PolicyFromTensorFile(const TensorFile& content, const std::string& file) {
  const auto it = content.metadata.find("config");
  if (it == content.metadata.end()) return BadInput(file + ": metadata `config` is missing");
  AMSEL_ASSIGN_OR_RETURN(const Json config, ParseJson(it->second, file));
  JsonReader reader(config, file);
  reader.Schema(kSchema);
  const std::string kind = reader.Choice("kind", {"single", "chain", "multiclass", "p-right", "staged"});
  PolicyCommon common = ReadCommon(reader);
  AMSEL_RETURN_IF_ERROR(reader.status());
  if (kind == "single") return ReadSingle(reader, std::move(common));
  if (kind == "staged") return ReadStaged(reader, std::move(common), content, file);
  if (kind == "chain") return ReadChain(reader, std::move(common), content, file);
  if (kind == "multiclass") return ReadMulticlass(reader, std::move(common), content, file);
  return ReadPRight(reader, std::move(common), content, file);
}

}  // namespace amsel
