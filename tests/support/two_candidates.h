// A bundle of two candidates written without a learner, over the fake back end and a fake clock.
#pragma once

#include <gtest/gtest.h>
#include <filesystem>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backend/fake_backend.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/sha256.h"
#include "bundle/bundle.h"
#include "features/features.h"
#include "policy/premodel.h"
#include "policy/staged.h"

namespace amsel {

/// `small` answers class 0 ("cat") and takes 2 ms, `large` answers class 1 ("dog") and takes 10 ms, by plan and by the
/// fake clock; both read the same input, whose preprocessing is planned with 1 ms and takes none. The features are
/// planned with 4 ms. Points: `fast` (small answers) and `accurate` (large answers).
class TwoCandidates {
 public:
  static constexpr CandidateId kSmall = 0;
  static constexpr CandidateId kLarge = 1;
  static constexpr int kMs[] = {2, 10};
  static constexpr int kPreprocessMs = 1;
  static constexpr int kFeaturesMs = 4;

  /// `change` may alter the bundle before it is written.
  explicit TwoCandidates(const std::string& name, const std::function<void(BundleContents&)>& change = {})
      : root_(testing::TempDir() + name) {
    const KnnIndex always({0}, {0.8F, 0.9F}, 1, 1, 2);
    const PRightPolicy policy({2, {1, 4}, {1, 0}, {"contrast"}, {"fast", "accurate"}}, {{0}, {255}}, always, 1, {1, 0});
    BundleContents contents;
    contents.policy = &policy;
    contents.labels = {"cat", "dog"};
    Manifest& manifest = contents.manifest;
    manifest.amsel_version = "test";
    manifest.classes = 2;
    manifest.single_best = "large";
    manifest.feature_code_version = kFeatureCodeVersion;
    manifest.features = policy.feature_names();
    manifest.features_ms = kFeaturesMs;
    manifest.policy_kind = policy.kind();
    manifest.training_options = Json::object();
    manifest.operating_points.push_back(Point("fast", 0.8, 2));
    manifest.operating_points.push_back(Point("accurate", 0.9, 10));
    EXPECT_TRUE(WriteFile(root_ + ".onnx", "DNN").ok());
    AddCandidate("small", 2, {-0.127F, -2.127F}, contents);
    AddCandidate("large", 10, {-2.127F, -0.127F}, contents);
    if (change) change(contents);
    std::filesystem::remove_all(root_);  // what an earlier run left may be no bundle
    const Status written = WriteBundle(contents, root_);
    EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
    Answer("small", {2, 0}, 2);
    Answer("large", {0, 2}, 10);
    AnswerFeatureDnn({7, 5});
  }

  /// A change: a staged policy that runs `small`, whose answer is never sure enough for it, at both points.
  static void Abstain(BundleContents& contents) {
    static const StagedPolicy policy({2, {1, 4}, {1, 0}, {}, {"fast", "accurate"}}, [] {
      StagedPlan plan;
      plan.slots = {{{kSmall}, -1}};
      plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}};
      plan.nodes.resize(1);
      plan.roots = {0, 0};
      plan.abstain_below = 0.99F;
      return plan;
    }());
    contents.policy = &policy;
    contents.manifest.policy_kind = policy.kind();
    contents.manifest.features.clear();
  }

  /// A change: a staged policy that runs `small`, and goes on to `large` where that is less than 90 % sure, at both
  /// points.
  static void GoOn(BundleContents& contents) {
    static const StagedPolicy policy({2, {1, 4}, {1, 0}, {}, {"fast", "accurate"}}, [] {
      StagedPlan plan;
      plan.slots = {{{kSmall}, -1}, {{kLarge}, -1}};
      plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}, {{{1, HeadMap::Kind::kScalar, {1}}}, {}}};
      plan.nodes.push_back({0, 0, 0.9F, {{0.9F, 1, 0.9F}}});
      plan.nodes.push_back({1, 1, 0.9F, {}});
      plan.roots = {0, 0};
      return plan;
    }());
    contents.policy = &policy;
    contents.manifest.policy_kind = policy.kind();
    contents.manifest.features.clear();
  }

  /// A change: no classes and no DNNs. `small` runs, and `large` where the answer of `small` is right with less than 90
  /// % by twice its log-odds less one; those of `large` count as they are. At both points.
  static void OwnAnswers(BundleContents& contents) {
    static const StagedPolicy policy({kOwnAnswers, {1, 4}, {1, 0}, {}, {"fast", "accurate"}}, [] {
      StagedPlan plan;
      plan.slots = {{{kSmall}, -1}, {{kLarge}, -1}};
      plan.heads = {{{{0, HeadMap::Kind::kScalar, {2}}}, {-1}}, {{{1, HeadMap::Kind::kScalar, {1}}}, {}}};
      plan.nodes.push_back({0, 0, 0.9F, {{0.9F, 1, 0.9F}}});
      plan.nodes.push_back({1, 1, 0.9F, {}});
      plan.roots = {0, 0};
      return plan;
    }());
    contents.policy = &policy;
    contents.labels = {"right"};
    contents.manifest.classes = kOwnAnswers;
    contents.manifest.policy_kind = policy.kind();
    contents.manifest.features.clear();
    for (ManifestCandidate& candidate : contents.manifest.candidates) candidate.costs[0].backend = "caller";
    for (auto& [name, files] : contents.folders) files.model_file.clear();
  }

  /// A change: the policy reads a DNN's values and an image feature between them: the second value, `contrast`, the
  /// first.
  static void ReadFeatureDnn(BundleContents& contents) {
    static const PRightPolicy policy({2, {1, 4}, {1, 0}, {"dnn.1", "contrast", "dnn.0"}, {"fast", "accurate"}},
                                     {{0, 0, 0}, {255, 255, 255}}, KnnIndex({0, 0, 0}, {0.8F, 0.9F}, 1, 3, 2), 1,
                                     {1, 0});
    contents.policy = &policy;
    contents.manifest.features = policy.feature_names();
    DnnCost cost;
    cost.backend = "fake";
    cost.backend_version = "1";
    cost.graph = "all";
    cost.inference_ms = 3;
    contents.manifest.feature_dnn =
        Dnn{.folder = "feature_dnn", .sha256 = Sha256Hex("DNN"), .costs = {cost}, .feature_values = 2};
    contents.feature_dnn = {contents.folders["small"].card, contents.folders["small"].model_file, {}};
    auto& record = contents.feature_dnn->conformance.tensors;
    record["pixels"] = Tensor::Bytes({1, 2, 2, 3}, std::vector<std::uint8_t>(12, 9));
    record["values"] = Tensor::Floats({1, 2}, {7, 5});
    contents.feature_dnn->card.output_name = "values";
  }

  /// What the feature DNN gives from now on; nothing: it fails.
  void AnswerFeatureDnn(std::vector<float> values) {
    backend.Add(root_ + "/feature_dnn/model.onnx", FakeBackend::Describe("input", 3, 2, "values", -1),
                [values](std::span<const std::byte>, int, std::vector<float>& output) {
                  if (values.empty()) return Status(RuntimeFailure("the device is on fire"));
                  output.assign(values.begin(), values.end());
                  return Status();
                });
  }

  /// A change: what the manifest says of the candidates' memory.
  static std::function<void(BundleContents&)> Resident(std::int64_t small, std::int64_t large) {
    return [=](BundleContents& contents) {
      contents.manifest.candidates[kSmall].costs[0].resident_bytes = small;
      contents.manifest.candidates[kLarge].costs[0].resident_bytes = large;
    };
  }

  /// The DNN of the candidate is this from now on.
  void Replace(const std::string& name, FakeBackend::Function function, int declared_batch = -1) {
    SessionInfo info = FakeBackend::Describe("input", 3, 2, "logits", 2);
    info.inputs[0].shape[0] = declared_batch;
    backend.Add(root_ + "/candidates/" + name + "/model.onnx", info, std::move(function));
  }

  /// What the candidate answers from now on, and how long it takes; no logits: it fails.
  void Answer(const std::string& name, std::vector<float> logits, int milliseconds) {
    Replace(name, [this, logits, milliseconds](std::span<const std::byte>, int batch, std::vector<float>& output) {
      clock.Advance(std::chrono::milliseconds(milliseconds));
      if (logits.empty()) return Status(RuntimeFailure("the device is on fire"));
      output.clear();
      for (int i = 0; i < batch; ++i) output.insert(output.end(), logits.begin(), logits.end());
      return Status();
    });
  }
  void Break(const std::string& name) { Answer(name, {}, 0); }

  const std::string& path() const { return root_; }

  FakeClock clock;
  FakeBackend backend;

 private:
  static ManifestPoint Point(const std::string& name, double top1, double latency_ms) {
    ManifestPoint point;
    point.name = name;
    point.top1 = top1;
    point.latency_ms = point.worst_path_ms = latency_ms;
    return point;
  }

  void AddCandidate(const std::string& name, double ms, std::vector<float> log_probs, BundleContents& contents) {
    Card card;
    card.name = name;
    card.input_name = "input";
    card.output_name = "logits";
    card.preprocess.height = card.preprocess.width = 2;
    card.labels = "x";
    DnnCost cost;
    cost.backend = "fake";
    cost.graph = "all";
    cost.preprocess_ms = kPreprocessMs;
    cost.inference_ms = cost.inference_p50_ms = cost.inference_p99_ms = ms;
    cost.load_ms = 10 * ms;
    ManifestCandidate candidate;
    candidate.name = candidate.folder = name;
    candidate.sha256 = Sha256Hex("DNN");
    candidate.costs.push_back(cost);
    contents.manifest.candidates.push_back(candidate);
    TensorFile conformance;
    conformance.tensors["pixels"] = Tensor::Bytes({1, 2, 2, 3}, std::vector<std::uint8_t>(12, 9));
    conformance.tensors["log_probs"] = Tensor::Floats({1, 2}, std::move(log_probs));
    contents.folders[name] = {card, root_ + ".onnx", conformance};
  }

  std::string root_;
};

}  // namespace amsel
