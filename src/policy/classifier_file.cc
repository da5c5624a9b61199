#include "policy/classifier_file.h"

#include <cmath>

#include "base/status_macros.h"

namespace amsel {
namespace {

using Read = Result<std::shared_ptr<const Classifier>>;

constexpr double kMaxGamma = 1e6;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 24;  // whole numbers up to this are exact as floats

void PutRows(const std::string& name, const std::vector<float>& values, int classes, TensorFile& file) {
  file.tensors[name] = Tensor::Floats({classes, static_cast<std::int64_t>(values.size()) / classes}, values);
}

Read GetKnn(const std::string& name, JsonReader& config, const TensorFile& content, std::int64_t features, int classes,
            const std::string& file) {
  const auto k = static_cast<int>(config.Integer("k", 1, kMaxNeighbours));
  AMSEL_RETURN_IF_ERROR(config.status());
  AMSEL_ASSIGN_OR_RETURN(const Tensor* points, content.Find(name + ".points", {-1, features}, file));
  const std::int64_t count = points->shape[0];
  if (count < 1 || count > INT32_MAX) return BadInput(file + ": tensor `" + name + ".points` has no usable rows");
  const int targets = classes == 2 ? 1 : classes;
  AMSEL_ASSIGN_OR_RETURN(const Tensor* values, content.Find(name + ".targets", {count, targets}, file));
  KnnIndex index(points->floats, values->floats, static_cast<int>(count), static_cast<int>(features), targets);
  return std::shared_ptr<const Classifier>(std::make_shared<KnnClassifier>(std::move(index), k));
}

/// Whether `value` is a whole number from `least` to below `end`; then it goes to `out`.
bool TakeInteger(float value, std::int64_t least, std::int64_t end, int& out) {
  const bool within = value >= static_cast<float>(least) && value < static_cast<float>(end);
  if (!within || value != std::floor(value)) return false;
  out = static_cast<int>(value);
  return true;
}

Read GetTrees(const std::string& name, const TensorFile& content, std::int64_t features, int classes,
              const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(const Tensor* stored, content.Find(name + ".nodes", {-1, 4}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* starts, content.Find(name + ".roots", {-1}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* values, content.Find(name + ".values", {-1, classes}, file));
  const std::int64_t count = stored->shape[0];
  if (count > kMaxCount || starts->shape[0] < 1 || values->shape[0] > kMaxCount) {
    return BadInput(file + ": `" + name + "` has no trees, or too many nodes");
  }
  std::vector<TreeNode> nodes;
  for (std::int64_t n = 0; n < count; ++n) {
    const float* row = stored->floats.data() + 4 * n;
    TreeNode node{-1, row[1], 0, 0};
    bool sound = TakeInteger(row[0], -1, features, node.feature);
    if (node.feature < 0) {
      sound = sound && TakeInteger(row[2], 0, values->shape[0], node.low);
    } else {  // children stand later, so that every way down ends
      sound = sound && TakeInteger(row[2], n + 1, count, node.low) && TakeInteger(row[3], n + 1, count, node.high);
    }
    if (!sound) return BadInput(file + ": node " + std::to_string(n) + " of `" + name + "` leads nowhere");
    nodes.push_back(node);
  }
  std::vector<int> roots;
  for (const float start : starts->floats) {
    roots.emplace_back();
    if (!TakeInteger(start, 0, count, roots.back())) return BadInput(file + ": a root of `" + name + "` is no node");
  }
  return std::shared_ptr<const Classifier>(std::make_shared<TreesClassifier>(
      std::move(nodes), std::move(roots), values->floats, static_cast<int>(features), classes));
}

Read GetSvm(const std::string& name, JsonReader& config, const TensorFile& content, std::int64_t features, int classes,
            const std::string& file) {
  SvmClassifier::Parts parts;
  parts.gamma = config.Number("gamma", 0, kMaxGamma);
  AMSEL_RETURN_IF_ERROR(config.status());
  const std::int64_t pairs = std::int64_t{classes} * (classes - 1) / 2;
  AMSEL_ASSIGN_OR_RETURN(const Tensor* vectors, content.Find(name + ".vectors", {-1, features}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* coefficients,
                         content.Find(name + ".coefficients", {pairs, vectors->shape[0]}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* rho, content.Find(name + ".rho", {pairs}, file));
  parts.vectors = vectors->floats;
  parts.coefficients = coefficients->floats;
  parts.rho = rho->floats;
  parts.dimensions = static_cast<int>(features);
  parts.classes = classes;
  return std::shared_ptr<const Classifier>(std::make_shared<SvmClassifier>(std::move(parts)));
}

}  // namespace

Json KnnClassifier::Save(const std::string& name, TensorFile& file) const {
  index_.Save(name, file);
  return {{"k", k_}};
}

Json TreesClassifier::Save(const std::string& name, TensorFile& file) const {
  std::vector<float> rows;
  for (const TreeNode& node : nodes_) {
    rows.insert(rows.end(), {static_cast<float>(node.feature), node.threshold, static_cast<float>(node.low),
                             static_cast<float>(node.high)});
  }
  file.tensors[name + ".nodes"] = Tensor::Floats({static_cast<std::int64_t>(nodes_.size()), 4}, std::move(rows));
  file.tensors[name + ".roots"] =
      Tensor::Floats({static_cast<std::int64_t>(roots_.size())}, {roots_.begin(), roots_.end()});
  file.tensors[name + ".values"] =
      Tensor::Floats({static_cast<std::int64_t>(values_.size()) / classes_, classes_}, values_);
  return Json::object();
}

Json SvmClassifier::Save(const std::string& name, TensorFile& file) const {
  const auto pairs = static_cast<std::int64_t>(parts_.rho.size());
  const auto vectors = static_cast<std::int64_t>(parts_.coefficients.size()) / pairs;
  file.tensors[name + ".vectors"] = Tensor::Floats({vectors, parts_.dimensions}, parts_.vectors);
  file.tensors[name + ".coefficients"] = Tensor::Floats({pairs, vectors}, parts_.coefficients);
  file.tensors[name + ".rho"] = Tensor::Floats({pairs}, parts_.rho);
  return {{"gamma", parts_.gamma}};
}

Json GaussianClassifier::Save(const std::string& name, TensorFile& file) const {
  PutRows(name + ".mean", mean_, classes(), file);
  PutRows(name + ".inverse_variance", inverse_variance_, classes(), file);
  file.tensors[name + ".constant"] = Tensor::Floats({classes()}, constant_);
  return Json::object();
}

Json LinearClassifier::Save(const std::string& name, TensorFile& file) const {
  PutRows(name + ".weights", weights_, classes(), file);
  file.tensors[name + ".bias"] = Tensor::Floats({classes()}, bias_);
  return Json::object();
}

Json PutClassifier(const std::string& name, const Classifier& classifier, TensorFile& file) {
  Json config = classifier.Save(name, file);
  config["form"] = std::string(classifier.form());
  return config;
}

Read GetClassifier(const std::string& name, JsonReader& config, const TensorFile& content, std::size_t features,
                   int classes, const std::string& file) {
  const std::string form = config.Choice("form", {"knn", "trees", "svm", "gaussian", "linear"});
  AMSEL_RETURN_IF_ERROR(config.status());
  const auto width = static_cast<std::int64_t>(features);
  if (form == "knn") return GetKnn(name, config, content, width, classes, file);
  if (form == "trees") return GetTrees(name, content, width, classes, file);
  if (form == "svm") return GetSvm(name, config, content, width, classes, file);
  if (form == "gaussian") {
    AMSEL_ASSIGN_OR_RETURN(const Tensor* mean, content.Find(name + ".mean", {classes, width}, file));
    AMSEL_ASSIGN_OR_RETURN(const Tensor* inverse, content.Find(name + ".inverse_variance", {classes, width}, file));
    AMSEL_ASSIGN_OR_RETURN(const Tensor* constant, content.Find(name + ".constant", {classes}, file));
    return std::shared_ptr<const Classifier>(
        std::make_shared<GaussianClassifier>(mean->floats, inverse->floats, constant->floats));
  }
  AMSEL_ASSIGN_OR_RETURN(const Tensor* weights, content.Find(name + ".weights", {classes, width}, file));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* bias, content.Find(name + ".bias", {classes}, file));
  return std::shared_ptr<const Classifier>(std::make_shared<LinearClassifier>(weights->floats, bias->floats));
}

}  // namespace amsel
