#include "fit/lightgbm.h"

#include <dlfcn.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace amsel {
namespace {

using Handle = void*;
constexpr int kFloat32 = 0;
constexpr int kRawScore = 1;

/// Frees a handle of LightGBM's.
using Owned = std::unique_ptr<void, int (*)(Handle)>;

class OpenedLightGbm final : public LightGbm {
 public:
  explicit OpenedLightGbm(void* library) : library_(library) {
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library_, name));
      whole_ = whole_ && function != nullptr;
    };
    find(last_error_, "LGBM_GetLastError");
    find(create_dataset_, "LGBM_DatasetCreateFromMat");
    find(set_field_, "LGBM_DatasetSetField");
    find(free_dataset_, "LGBM_DatasetFree");
    find(create_booster_, "LGBM_BoosterCreate");
    find(update_, "LGBM_BoosterUpdateOneIter");
    find(dump_, "LGBM_BoosterDumpModel");
    find(predict_, "LGBM_BoosterPredictForMat");
    find(free_booster_, "LGBM_BoosterFree");
  }
  bool whole() const { return whole_; }

  BoostedTrees Train(const ClassifierData& data, std::span<const float> asked,
                     const ClassifierOptions& options) const override {
    const std::lock_guard lock(training_);
    const std::string parameters =
        "objective=multiclass num_class=" + std::to_string(data.classes) +
        " seed=" + std::to_string(options.seed % INT32_MAX) +
        " learning_rate=0.1 num_leaves=15 min_data_in_leaf=20 min_data_in_bin=1 feature_pre_filter=false"
        " use_missing=false deterministic=true force_row_wise=true num_threads=1 verbosity=-1";
    Handle raw = nullptr;
    Check(create_dataset_(data.points.data(), kFloat32, data.rows(), data.dimensions, 1, parameters.c_str(), nullptr,
                          &raw));
    const Owned dataset(raw, free_dataset_);
    const std::vector<float> labels(data.labels.begin(), data.labels.end());
    Check(set_field_(raw, "label", labels.data(), data.rows(), kFloat32));
    Handle booster = nullptr;
    Check(create_booster_(raw, parameters.c_str(), &booster));
    const Owned owned(booster, free_booster_);
    for (int round = 0, finished = 0; round < options.trees && finished == 0; ++round)
      Check(update_(booster, &finished));
    BoostedTrees trees;
    trees.json = Json::parse(Dump(booster));
    if (asked.empty()) return trees;
    const std::size_t rows = asked.size() / static_cast<std::size_t>(data.dimensions);
    trees.scores.resize(rows * static_cast<std::size_t>(data.classes));
    std::int64_t length = 0;
    Check(predict_(booster, asked.data(), kFloat32, static_cast<std::int32_t>(rows), data.dimensions, 1, kRawScore, 0,
                   -1, parameters.c_str(), &length, trees.scores.data()));
    return trees;
  }

 private:
  void Check(int code) const {
    if (code != 0) throw std::runtime_error(std::string("LightGBM: ") + last_error_());
  }

  std::string Dump(Handle booster) const {
    std::int64_t length = 0;
    Check(dump_(booster, 0, -1, 0, 0, &length, nullptr));
    std::string text(static_cast<std::size_t>(length), '\0');
    Check(dump_(booster, 0, -1, 0, length, &length, text.data()));
    text.resize(text.find_last_of('}') + 1);
    return text;
  }

  void* library_;  // stays open: its threads outlive what they worked for
  /// It promises nothing of trainings side by side, and fills tables of its own on the first.
  mutable std::mutex training_;
  bool whole_ = true;
  const char* (*last_error_)() = nullptr;
  int (*create_dataset_)(const void*, int, std::int32_t, std::int32_t, int, const char*, Handle, Handle*) = nullptr;
  int (*set_field_)(Handle, const char*, const void*, int, int) = nullptr;
  int (*free_dataset_)(Handle) = nullptr;
  int (*create_booster_)(Handle, const char*, Handle*) = nullptr;
  int (*update_)(Handle, int*) = nullptr;
  int (*dump_)(Handle, int, int, int, std::int64_t, std::int64_t*, char*) = nullptr;
  int (*predict_)(Handle, const void*, int, std::int32_t, std::int32_t, int, int, int, int, const char*, std::int64_t*,
                  double*) = nullptr;
  int (*free_booster_)(Handle) = nullptr;
};

Result<std::shared_ptr<const LightGbm>> OpenFirst() {
  const char* named = std::getenv("AMSEL_LIGHTGBM");
  std::vector<std::string> places{"lib_lightgbm.so"};
  if (const std::string fallback = AMSEL_LIGHTGBM_FALLBACK; !fallback.empty()) places.push_back(fallback);
  if (named != nullptr && *named != '\0') places = {named};
  std::string why;
  for (const std::string& place : places) {
    if (void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      auto opened = std::make_shared<const OpenedLightGbm>(library);
      if (opened->whole()) return std::shared_ptr<const LightGbm>(std::move(opened));
      return RuntimeFailure(place + ": is no LightGBM library");
    }
    why = dlerror();
  }
  return RuntimeFailure(
      "boosted trees need LightGBM's library (`pip install lightgbm` beside the Python package, scripts/setup.sh in a "
      "checkout; $AMSEL_LIGHTGBM names another): " +
      why);
}

/// Copies the nodes below `from`, parents before children; leaves add a row of values.
int CopyTree(const Json& from, std::size_t class_of_tree, std::size_t classes, std::vector<TreeNode>& nodes,
             std::vector<float>& values) {
  const auto at = nodes.size();
  nodes.emplace_back();
  if (!from.contains("split_feature")) {
    nodes[at].low = static_cast<int>(values.size() / classes);
    values.resize(values.size() + classes, 0);
    values[values.size() - classes + class_of_tree] = from.at("leaf_value").get<float>();
    return static_cast<int>(at);
  }
  const int low = CopyTree(from.at("left_child"), class_of_tree, classes, nodes, values);
  const int high = CopyTree(from.at("right_child"), class_of_tree, classes, nodes, values);
  // A float is at most the threshold exactly when it is at most the largest float that is.
  const double threshold = from.at("threshold");
  auto rounded = static_cast<float>(threshold);
  if (rounded > threshold) rounded = std::nextafter(rounded, -std::numeric_limits<float>::infinity());
  nodes[at] = {from.at("split_feature").get<int>(), rounded, low, high};
  return static_cast<int>(at);
}

}  // namespace

Result<std::shared_ptr<const LightGbm>> LightGbm::Open() {
  static const Result<std::shared_ptr<const LightGbm>> opened = OpenFirst();
  return opened;
}

std::shared_ptr<const Classifier> ExportBoosted(const Json& dump, const ClassifierData& data) {
  const auto classes = static_cast<std::size_t>(data.classes);
  std::vector<TreeNode> nodes;
  std::vector<int> roots;
  std::vector<float> values;
  for (const Json& tree : dump.at("tree_info")) {
    roots.push_back(CopyTree(tree.at("tree_structure"), roots.size() % classes, classes, nodes, values));
  }
  return std::make_shared<TreesClassifier>(std::move(nodes), std::move(roots), std::move(values), data.dimensions,
                                           data.classes);
}

}  // namespace amsel
