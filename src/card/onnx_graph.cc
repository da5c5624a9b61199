#include "card/onnx_graph.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace amsel {
namespace {

constexpr std::size_t kMostInputSteps = 8;
constexpr std::size_t kMostOutputSteps = 16;
constexpr std::int64_t kLeastGlobalKernel = 4;

/// The operator's name without its domain: ONNX Runtime has its own QuantizeLinear, which means the same.
std::string_view BareName(std::string_view op) {
  const std::size_t colons = op.rfind("::");
  return colons == std::string_view::npos ? op : op.substr(colons + 2);
}

bool IsOneOf(std::string_view op, const std::set<std::string_view>& names) {
  return names.contains(BareName(op));
}

bool MovesValues(std::string_view op) {
  static const std::set<std::string_view> kNames{"Identity",  "Reshape",   "Flatten", "Squeeze",
                                                 "Unsqueeze", "Transpose", "Dropout"};
  return IsOneOf(op, kNames);
}

bool PassesOn(std::string_view op) {
  static const std::set<std::string_view> kNames{"Cast", "QuantizeLinear", "DequantizeLinear"};
  return MovesValues(op) || IsOneOf(op, kNames);
}

bool Prepares(std::string_view op) {
  static const std::set<std::string_view> kNames{
      "Cast",           "Sub",      "Add",     "Mul",     "Div",
      "Transpose",      "Identity", "Reshape", "Squeeze", "Unsqueeze",
      "QuantizeLinear", "Clip",     "Pad",     "Resize",  "DequantizeLinear"};
  return IsOneOf(op, kNames);
}

/// Which operand of an operator is the scale of what it gives, or for DequantizeLinear takes; the zero point follows.
/// -1 for all others.
int ScaleOperand(std::string_view op) {
  static const std::map<std::string_view, int> kScales{{"QuantizeLinear", 1},
                                                       {"DequantizeLinear", 1},
                                                       {"QLinearConv", 6},
                                                       {"QLinearMatMul", 6},
                                                       {"QLinearAdd", 6},
                                                       {"QLinearMul", 6},
                                                       {"QGemm", 7},
                                                       {"QLinearSoftmax", 3},
                                                       {"QLinearSigmoid", 3},
                                                       {"QLinearLeakyRelu", 3},
                                                       {"QLinearAveragePool", 3},
                                                       {"QLinearGlobalAveragePool", 3}};
  const auto found = kScales.find(BareName(op));
  return found == kScales.end() ? -1 : found->second;
}

/// The graph by the names of its tensors.
class Index {
 public:
  explicit Index(const OnnxGraph& graph, const std::vector<OnnxOutput>& outputs) : graph_(graph) {
    for (const OnnxNode& node : graph.nodes) {
      for (const std::string& output : node.outputs) maker_.emplace(output, &node);
      for (const std::string& input : node.inputs) {
        auto& [consumer, count] = consumers_[input];
        consumer = &node;
        ++count;
      }
    }
    for (const OnnxOutput& output : outputs) ++consumers_[output.name].second;
  }

  const OnnxNode* Maker(const std::string& name) const {
    const auto found = maker_.find(name);
    return name.empty() || found == maker_.end() ? nullptr : found->second;
  }
  /// The only node that consumes it; null where there are more, or none.
  const OnnxNode* Consumer(const std::string& name) const {
    const auto found = consumers_.find(name);
    return name.empty() || found == consumers_.end() || found->second.second != 1 ? nullptr : found->second.first;
  }
  const OnnxConstant* Constant(const std::string& name) const {
    if (const auto found = graph_.initializers.find(name); found != graph_.initializers.end()) return &found->second;
    const OnnxNode* maker = Maker(name);
    return maker != nullptr && maker->value ? &*maker->value : nullptr;
  }

 private:
  const OnnxGraph& graph_;
  std::unordered_map<std::string_view, const OnnxNode*> maker_;
  std::unordered_map<std::string_view, std::pair<const OnnxNode*, int>> consumers_;
};

std::optional<OnnxQuantization> QuantizationOf(const OnnxNode& node, const Index& index) {
  const int at = ScaleOperand(node.op);
  if (at < 0 || node.inputs.size() <= static_cast<std::size_t>(at)) return {};
  const OnnxConstant* scale = index.Constant(node.inputs[static_cast<std::size_t>(at)]);
  if (scale == nullptr || scale->values.size() != 1) return {};
  if (!(scale->values.front() > 0) || !std::isfinite(scale->values.front())) return {};
  OnnxQuantization quantization{scale->values.front(), 0, 0};
  const auto next = static_cast<std::size_t>(at) + 1;
  if (next >= node.inputs.size() || node.inputs[next].empty()) return quantization;
  const OnnxConstant* zero = index.Constant(node.inputs[next]);
  if (zero == nullptr || zero->values.size() != 1) return {};
  if (!(std::fabs(zero->values.front()) <= INT32_MAX)) return {};
  quantization.zero_point = static_cast<std::int64_t>(zero->values.front());
  quantization.type = zero->type;
  return quantization;
}

OnnxStep StepOf(const OnnxNode& node, const std::string& operand, const Index& index) {
  OnnxStep step;
  step.op = node.op;
  step.axis = node.axis;
  step.quantization = QuantizationOf(node, index);
  if (node.inputs.size() != 2) return step;
  step.constant_first = node.inputs[0] != operand;
  const OnnxConstant* other = index.Constant(node.inputs[step.constant_first ? 0 : 1]);
  step.has_constant = other != nullptr;
  if (other == nullptr) step.constant_first = false;
  if (other != nullptr) step.constant = other->values;
  return step;
}

/// By how much the node makes maps smaller.
std::int64_t StrideOf(const OnnxNode& node) {
  static const std::set<std::string_view> kStriding{"Conv", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool"};
  constexpr std::int64_t kMostStride = 64;
  const auto strides = node.extents.find("strides");
  if (strides == node.extents.end() || !IsOneOf(node.op, kStriding) || LooksGlobal(node)) return 1;
  std::int64_t most = 1;
  for (const std::int64_t stride : strides->second) most = std::max(most, std::min(stride, kMostStride));
  return most;
}

std::int64_t ReductionOf(const std::vector<OnnxNode>& nodes) {
  constexpr std::int64_t kMostReduction = 4096;
  std::unordered_map<std::string_view, std::int64_t> reduction;  // a file's nodes come in the order of their tensors
  std::int64_t most = 1;
  for (const OnnxNode& node : nodes) {
    std::int64_t of_inputs = 1;
    for (const std::string& input : node.inputs) {
      if (const auto known = reduction.find(input); known != reduction.end()) {
        of_inputs = std::max(of_inputs, known->second);
      }
    }
    const std::int64_t here = std::min(of_inputs * StrideOf(node), kMostReduction);
    for (const std::string& output : node.outputs) reduction[output] = here;
    most = std::max(most, here);
  }
  return most;
}

}  // namespace

void ReadExtents(ProtoMessage attribute, OnnxNode& node) {
  constexpr std::size_t kMostWholes = 16;
  std::string name;
  std::vector<std::int64_t> wholes;
  while (attribute.Next()) {  // repeated numbers come one a field, or packed
    if (attribute.number() == 1 && attribute.is_bytes()) name = attribute.Text(kMostName);
    if (attribute.number() != 8) continue;
    if (attribute.is_number()) wholes.push_back(attribute.integer());
    if (!attribute.is_bytes()) continue;
    for (const std::uint64_t bits : attribute.Packed(0, 10 * kMostWholes)) {
      wholes.push_back(static_cast<std::int64_t>(bits));
    }
  }
  const bool is_one = name == "strides" || name == "kernel_shape" || name == "pads";
  if (is_one && wholes.size() <= kMostWholes) node.extents[name] = std::move(wholes);
}

bool LooksGlobal(const OnnxNode& node) {
  if (node.op != "AveragePool") return false;
  const auto kernel = node.extents.find("kernel_shape");
  if (kernel == node.extents.end() || kernel->second.size() != 2) return false;
  if (std::min(kernel->second[0], kernel->second[1]) < kLeastGlobalKernel) return false;
  const auto pads = node.extents.find("pads");
  return pads == node.extents.end() ||
         std::all_of(pads->second.begin(), pads->second.end(), [](auto pad) { return pad == 0; });
}

void OnnxGraph::Trace(OnnxFile& file) {
  const Index index(*this, file.outputs);
  file.reduction = ReductionOf(nodes);
  for (OnnxInput& input : file.inputs) {
    input.has_default = initializers.contains(input.name);
    if (input.has_default) continue;
    std::string name = input.name;
    const OnnxNode* node = index.Consumer(name);
    while (node != nullptr && input.steps.size() < kMostInputSteps) {
      input.steps.push_back(StepOf(*node, name, index));
      if (!Prepares(node->op) || node->outputs.empty()) break;
      name = node->outputs.front();
      node = index.Consumer(name);
    }
  }
  for (OnnxOutput& output : file.outputs) {
    const OnnxNode* node = index.Maker(output.name);
    while (node != nullptr && !node->value && output.steps.size() < kMostOutputSteps) {
      const std::string operand = node->inputs.empty() ? std::string() : node->inputs.front();
      output.steps.push_back(StepOf(*node, operand, index));
      if (!PassesOn(node->op)) break;
      node = index.Maker(operand);
    }
  }
}

std::optional<OnnxQuantization> StoredAs(const OnnxOutput& output) {
  for (const OnnxStep& step : output.steps) {
    if (MovesValues(step.op)) continue;
    return BareName(step.op) == "DequantizeLinear" ? std::optional<OnnxQuantization>() : step.quantization;
  }
  return {};
}

OutputKind LikelyKind(const OnnxOutput& output) {
  const std::string_view op = output.steps.empty() ? std::string_view() : BareName(output.steps.back().op);
  if (op == "Softmax" || op == "QLinearSoftmax") return OutputKind::kProbabilities;
  if (op != "Sigmoid" && op != "QLinearSigmoid") return OutputKind::kLogits;
  const std::vector<std::int64_t>& shape = output.shape;
  if (shape.empty()) return OutputKind::kProbabilities;
  const bool alone = shape.size() == 1
                         ? shape[0] <= 1
                         : std::all_of(shape.begin() + 1, shape.end(), [](auto size) { return size == 1; });
  return alone ? OutputKind::kSigmoid : OutputKind::kProbabilities;
}

std::string OnnxTypeName(int type) {
  static constexpr std::array kNames{
      "UNDEFINED", "FLOAT",      "UINT8",      "INT8",         "UINT16",         "INT16",      "INT32",
      "INT64",     "STRING",     "BOOL",       "FLOAT16",      "DOUBLE",         "UINT32",     "UINT64",
      "COMPLEX64", "COMPLEX128", "BFLOAT16",   "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ",
      "UINT4",     "INT4",       "FLOAT4E2M1", "FLOAT8E8M0",   "UINT2",          "INT2"};
  if (type < 0 || static_cast<std::size_t>(type) >= kNames.size()) return "type " + std::to_string(type);
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace amsel
