#include "train/assemble.h"

#include "backend/backends.h"
#include "backend/caller_backend.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "card/feature_dnn_card.h"
#include "card/view.h"
#include "card/zoo.h"
#include "features/dnn_features.h"

namespace amsel {
namespace {

ManifestCandidate DescribeCandidate(const ProfileTable& table, std::size_t c, double accuracy, const Card& card) {
  const CandidateOrigin& info = table.profiled[c];
  ManifestCandidate candidate{
      Dnn{.folder = info.base, .sha256 = info.file_sha256, .license = card.license, .source = card.source},
      table.candidates[c].name, info.view, info.preprocess_key, accuracy};
  const BackendIdentity identity = ParseIdentity(info.config.backend);
  DnnCost cost{identity.backend,
               info.config.version,
               info.config.device,
               info.config.threads,
               info.config.graph,
               table.MeanPreprocessMs(c),
               table.MeanInferenceMs(c),
               table.InferenceQuantileMs(c, 0.5),
               table.InferenceQuantileMs(c, 0.99),
               info.load_ms,
               info.resident_bytes,
               info.energy_mj,
               info.energy_source};
  cost.provider = identity.provider;
  cost.precision = PrecisionName(identity.precision);
  if (table.HasAfterRuns(c)) cost.inference_after_ms = table.MeanInferenceAfterMs(c);
  cost.int8 = info.config.int8;
  candidate.costs.push_back(std::move(cost));
  return candidate;
}

/// The DNN file of candidate c, checked to be the one that was profiled.
Result<std::string> ModelFileOf(const ProfileTable& table, std::size_t c, const std::string& zoo) {
  const CandidateOrigin& info = table.profiled[c];
  const auto found = FindModelFile((zoo.empty() ? table.zoo_path : zoo) + "/" + info.base);
  if (!found.ok()) return BadInput(found.error().message + " (profiled zoo moved? name it with --zoo)");
  AMSEL_ASSIGN_OR_RETURN(const std::string sha256, DnnSha256OfFile(*found));
  if (sha256 != info.file_sha256) {
    return BadInput(*found + ": is not the file that was profiled in " + table.source +
                    "; profile it with --resume, or name the right zoo with --zoo");
  }
  return *found;
}

/// A DNN's record as a bundle has it, `values` numbers an answer in the tensor `answer`; `unusable` where it is not so.
Result<TensorFile> ConformanceTensors(const std::vector<ConformanceRecord>& records, const Card& card,
                                      const std::string& answer, int values, const Error& unusable) {
  std::vector<std::uint8_t> pixels;
  std::vector<float> answers;
  for (const ConformanceRecord& record : records) {
    pixels.insert(pixels.end(), record.pixels.begin(), record.pixels.end());
    answers.insert(answers.end(), record.answer.begin(), record.answer.end());
  }
  const Preprocess& p = card.preprocess;
  const auto count = static_cast<std::int64_t>(records.size());
  const std::size_t expected = records.size() * p.height * p.width * p.channel_count();
  if (records.empty() || pixels.size() != expected ||
      answers.size() != records.size() * static_cast<std::size_t>(values)) {
    return unusable;
  }
  TensorFile file;
  file.tensors["pixels"] = Tensor::Bytes({count, p.height, p.width, p.channel_count()}, std::move(pixels));
  file.tensors[answer] = Tensor::Floats({count, values}, std::move(answers));
  return file;
}

Error NoRecord(const ProfileTable& table, const std::string& name) {
  return BadInput(table.source + ": holds no usable conformance tensors of " + name);
}

/// The file of the feature DNN, checked to be the one that was profiled; empty where files are left out.
Result<std::string> FeatureDnnFileOf(const ProfileTable& table, const ProfiledFeatureDnn& known,
                                     const DnnPlaces& places) {
  if (places.left_out) return std::string();
  const std::string& file = places.feature_dnn.empty() ? known.file : places.feature_dnn;
  const Result<std::string> sha256 = DnnSha256OfFile(file);
  if (!sha256.ok()) {
    return BadInput(sha256.error().message + " (profiled feature DNN moved? name it with --feature-dnn)");
  }
  if (*sha256 == known.file_sha256) return file;
  return BadInput(file + ": is not the feature DNN that was profiled in " + table.source +
                  "; profile it with --resume, or name the right file with --feature-dnn");
}

/// Of a DNN of which no more is known than what it gives.
Card BareCard(const std::string& name, const char* output) {
  Card card;
  card.name = name;
  card.input_name = "input";
  card.output_name = output;
  card.preprocess.height = card.preprocess.width = 1;
  return card;
}

/// As it was profiled; of one that was profiled elsewhere, what its canonical outputs are.
Result<Card> CardOf(const ProfileTable& table, std::size_t c, const DnnPlaces& places) {
  const CandidateOrigin& info = table.profiled[c];
  const std::string& name = table.candidates[c].name;
  if (!info.card.empty()) {
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(info.card, table.source));
    return ParseCard(json, table.source + ": card of " + name);
  }
  if (!places.left_out) {
    return BadInput(table.source + ": has no card of " + name +
                    "; a bundle needs DNN files, unless whoever opens it runs the DNNs (--without-dnns)");
  }
  return BareCard(info.base, "log_probs");
}

}  // namespace

Status AddCandidates(const ProfileTable& table, Rows rows, const LearnedPolicy& learned, const DnnPlaces& places,
                     BundleContents& contents) {
  const std::vector<double> accuracies = Accuracies(table, rows, 1);
  for (const std::size_t c : learned.candidates) {
    const CandidateOrigin& info = table.profiled[c];
    AMSEL_ASSIGN_OR_RETURN(const Card card, CardOf(table, c, places));
    contents.manifest.candidates.push_back(DescribeCandidate(table, c, accuracies[c], card));
    BundleContents::DnnParts& files = contents.folders[info.base] = {card, "", {}};
    if (places.left_out) continue;
    AMSEL_ASSIGN_OR_RETURN(files.model_file, ModelFileOf(table, c, places.zoo));
    AMSEL_ASSIGN_OR_RETURN(const std::vector<ConformanceRecord> records, table.Conformance(c));
    AMSEL_ASSIGN_OR_RETURN(files.conformance, ConformanceTensors(records, card, "log_probs", table.classes(),
                                                                 NoRecord(table, table.candidates[c].name)));
  }
  return {};
}

void AddCallersCandidates(const Outcomes& table, Rows rows, const LearnedPolicy& learned, BundleContents& contents) {
  const std::vector<double> accuracies = Accuracies(table, rows, 1);
  for (const std::size_t c : learned.candidates) {
    const std::string& name = table.candidates[c].name;
    ManifestCandidate candidate;
    candidate.name = candidate.folder = candidate.preprocess_key = name;
    candidate.training_top1 = accuracies[c];
    DnnCost cost;
    cost.backend = kCallerBackend;
    cost.graph = GraphOptimizationNames().front();
    cost.inference_ms = table.MeanCostMs(c);
    cost.inference_p50_ms = table.InferenceQuantileMs(c, 0.5);
    cost.inference_p99_ms = table.InferenceQuantileMs(c, 0.99);
    candidate.costs.push_back(std::move(cost));
    contents.manifest.candidates.push_back(std::move(candidate));
    contents.folders[name] = {BareCard(name, "confidence"), "", {}};
  }
}

Status AddFeatureDnn(const ProfileTable& table, const DnnPlaces& places, BundleContents& contents) {
  const std::vector<std::string> read = DnnFeaturesIn(contents.manifest.features);
  if (read.empty()) return {};
  if (!table.feature_dnn) {
    return BadInput(table.source + ": does not say which DNN gave the feature `" + read.front() +
                    "`; a bundle needs its file");
  }
  const ProfiledFeatureDnn& known = *table.feature_dnn;
  AMSEL_ASSIGN_OR_RETURN(const std::string file, FeatureDnnFileOf(table, known, places));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(known.card, table.source));
  AMSEL_ASSIGN_OR_RETURN(const Card card,
                         ParseCard(json, table.source + ": card of its feature DNN", CardUse::kFeatureDnn));
  const BackendIdentity identity = ParseIdentity(known.config.backend);
  DnnCost cost;
  cost.backend = identity.backend;
  cost.backend_version = known.config.version;
  cost.provider = identity.provider;
  cost.precision = PrecisionName(identity.precision);
  cost.device = known.config.device;
  cost.threads = known.config.threads;
  cost.graph = known.config.graph;
  cost.inference_ms = table.FeaturesCostMs({read.front()});
  contents.manifest.feature_dnn = Dnn{.folder = kFeatureDnnName,
                                      .sha256 = known.file_sha256,
                                      .license = card.license,
                                      .source = card.source,
                                      .costs = {cost},
                                      .feature_values = static_cast<int>(table.DnnFeatures().size())};
  contents.feature_dnn = {card, file, {}};
  if (places.left_out) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::vector<ConformanceRecord> records, table.FeatureDnnConformance());
  AMSEL_ASSIGN_OR_RETURN(
      contents.feature_dnn->conformance,
      ConformanceTensors(records, card, kFeatureDnnAnswers, contents.manifest.feature_dnn->feature_values,
                         NoRecord(table, "the feature DNN")));
  return {};
}

}  // namespace amsel
