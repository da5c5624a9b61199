#include "policy/staged_file.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/status_macros.h"
#include "policy/policy_file.h"

namespace amsel {
namespace {

constexpr double kMostBelow = 2;  // more than any signal
constexpr float kLargestWeight = 1e6F;

const std::vector<std::string> kMapKinds{"scalar", "diagonal", "full"};

std::int64_t Count(std::size_t size) {
  return static_cast<std::int64_t>(size);
}

std::vector<std::int64_t> MapShape(HeadMap::Kind kind, std::int64_t classes) {
  if (kind == HeadMap::Kind::kScalar) return {1};
  if (kind == HeadMap::Kind::kDiagonal) return {classes};
  return {classes, classes};
}

Json NodeToJson(const StageNode& node) {
  Json branches = Json::array();
  for (const StageNode::Branch& branch : node.branches) {
    branches.push_back({{"below", branch.below}, {"node", branch.node}, {"value", branch.value}});
  }
  return {{"slot", node.slot}, {"head", node.head}, {"value", node.value}, {"branches", branches}};
}

void PutGate(const std::string& name, const FeatureGate& gate, TensorFile& file) {
  const std::int64_t features = Count(gate.scale().mean.size());
  file.tensors[name + ".mean"] = Tensor::Floats({features}, gate.scale().mean);
  file.tensors[name + ".inverse_deviation"] = Tensor::Floats({features}, gate.scale().inverse_deviation);
  file.tensors[name + ".knots"] = Tensor::Floats({features, FeatureGate::kKnots}, gate.scale().knots);
  file.tensors[name + ".weights"] = Tensor::Floats({Count(gate.scratch_size() + 1), gate.members()}, gate.weights());
}

/// Reads the parts in the order in which they refer to each other.
class StagedReader {
 public:
  StagedReader(JsonReader& reader, const PolicyCommon& common, const TensorFile& content, const std::string& file)
      : reader_(reader), common_(common), content_(content), file_(file) {}

  Result<StagedPlan> Read() {
    plan_.signal = reader_.Choice("signal", {"confidence", "agreement"}) == "agreement" ? StopSignal::kAgreement
                                                                                        : StopSignal::kConfidence;
    plan_.abstain_below = static_cast<float>(reader_.Number("abstain_below", 0, 1));
    AMSEL_RETURN_IF_ERROR(ReadSlots());
    AMSEL_RETURN_IF_ERROR(ReadHeads());
    AMSEL_RETURN_IF_ERROR(ReadNodes());
    for (const double root : reader_.Numbers("roots")) {
      plan_.roots.push_back(CheckedIndex(root, plan_.nodes.size(), "roots"));
    }
    AMSEL_RETURN_IF_ERROR(reader_.status());
    if (plan_.roots.size() != common_.operating_points.size()) reader_.Fault("roots", "one node per operating point");
    AMSEL_RETURN_IF_ERROR(reader_.status());
    for (const int root : plan_.roots) CheckTree(root, {});
    AMSEL_RETURN_IF_ERROR(reader_.status());
    return std::move(plan_);
  }

 private:
  int CheckedIndex(double value, std::size_t count, const char* field) {
    if (value >= 0 && value < static_cast<double>(count) && value == static_cast<int>(value)) {
      return static_cast<int>(value);
    }
    reader_.Fault(field, "whole numbers below " + std::to_string(count));
    return 0;
  }

  Status ReadSlots() {
    for (JsonReader& entry : reader_.Objects("slots")) {
      Slot slot;
      for (const double member : entry.Numbers("members")) {
        slot.members.push_back(CheckedIndex(member, common_.costs_ms.size(), "slots"));
      }
      const bool repeats = std::set(slot.members.begin(), slot.members.end()).size() < slot.members.size();
      if (slot.members.empty() || repeats) reader_.Fault("slots", "members, each once");
      AMSEL_RETURN_IF_ERROR(reader_.status());
      if (slot.members.size() > 1) {
        slot.gate = static_cast<int>(plan_.gates.size());
        AMSEL_ASSIGN_OR_RETURN(FeatureGate gate, ReadGate(static_cast<int>(slot.members.size())));
        plan_.gates.push_back(std::move(gate));
      }
      plan_.slots.push_back(std::move(slot));
    }
    return reader_.status();
  }

  /// A tensor whose values are so small that sums of products with log-probabilities stay finite.
  Result<const Tensor*> FindBounded(const std::string& name, const std::vector<std::int64_t>& shape) {
    AMSEL_ASSIGN_OR_RETURN(const Tensor* tensor, content_.Find(name, shape, file_));
    const bool small = std::all_of(tensor->floats.begin(), tensor->floats.end(),
                                   [](float value) { return std::abs(value) <= kLargestWeight; });
    if (!small) return BadInput(file_ + ": tensor `" + name + "`: expected values from -1e6 to 1e6");
    return tensor;
  }

  Result<FeatureGate> ReadGate(int members) {
    const std::string name = "gate" + std::to_string(plan_.gates.size());
    const std::int64_t features = Count(common_.feature_names.size());
    if (features == 0) return BadInput(file_ + ": field `features`: expected the features that gates read");
    AMSEL_ASSIGN_OR_RETURN(const Tensor* mean, content_.Find(name + ".mean", {features}, file_));
    AMSEL_ASSIGN_OR_RETURN(const Tensor* inverse, content_.Find(name + ".inverse_deviation", {features}, file_));
    AMSEL_ASSIGN_OR_RETURN(const Tensor* knots, content_.Find(name + ".knots", {features, FeatureGate::kKnots}, file_));
    const std::int64_t rows = Count(FeatureGate::TermCount(common_.feature_names.size()) + 1);
    AMSEL_ASSIGN_OR_RETURN(const Tensor* weights, FindBounded(name + ".weights", {rows, members}));
    for (std::int64_t f = 0; f < features; ++f) {
      const auto begin = knots->floats.begin() + f * FeatureGate::kKnots;
      if (!std::is_sorted(begin, begin + FeatureGate::kKnots)) {
        return BadInput(file_ + ": tensor `" + name + ".knots`: expected ascending rows");
      }
    }
    return FeatureGate({mean->floats, inverse->floats, knots->floats}, weights->floats, members);
  }

  Status ReadHeads() {
    for (JsonReader& entry : reader_.Objects("heads")) {
      const std::string name = "head" + std::to_string(plan_.heads.size());
      Head head;
      const std::vector<double> slots = entry.Numbers("slots");
      const std::vector<std::string> kinds = entry.Strings("maps");
      if (slots.empty() || slots.size() > kMaxStages || kinds.size() != slots.size()) {
        reader_.Fault("heads", "1 to 5 slots and a map for each");
      }
      AMSEL_RETURN_IF_ERROR(reader_.status());
      for (std::size_t m = 0; m < slots.size(); ++m) {
        HeadMap map;
        map.slot = CheckedIndex(slots[m], plan_.slots.size(), "heads");
        const auto kind = std::find(kMapKinds.begin(), kMapKinds.end(), kinds[m]);
        if (kind == kMapKinds.end()) reader_.Fault("heads", "maps that are scalar, diagonal or full");
        AMSEL_RETURN_IF_ERROR(reader_.status());
        map.kind = static_cast<HeadMap::Kind>(kind - kMapKinds.begin());
        AMSEL_ASSIGN_OR_RETURN(const Tensor* values,
                               FindBounded(name + ".map" + std::to_string(m), MapShape(map.kind, common_.classes)));
        map.values = values->floats;
        head.maps.push_back(std::move(map));
      }
      if (content_.tensors.contains(name + ".bias")) {
        AMSEL_ASSIGN_OR_RETURN(const Tensor* bias, FindBounded(name + ".bias", {common_.classes}));
        head.bias = bias->floats;
      }
      plan_.heads.push_back(std::move(head));
    }
    return reader_.status();
  }

  Status ReadNodes() {
    std::vector<JsonReader> entries = reader_.Objects("nodes");
    for (std::size_t n = 0; n < entries.size(); ++n) {
      StageNode node;
      node.slot = CheckedIndex(entries[n].Number("slot"), plan_.slots.size(), "nodes");
      node.head = CheckedIndex(entries[n].Number("head"), plan_.heads.size(), "nodes");
      node.value = static_cast<float>(entries[n].Number("value", 0, 1));
      for (JsonReader& branch : entries[n].Objects("branches")) {
        const int next = CheckedIndex(branch.Number("node"), entries.size(), "nodes");
        if (next <= static_cast<int>(n)) reader_.Fault("nodes", "branches to later nodes");
        node.branches.push_back({static_cast<float>(branch.Number("below", 0, kMostBelow)), next,
                                 static_cast<float>(branch.Number("value", 0, 1))});
      }
      plan_.nodes.push_back(std::move(node));
    }
    return reader_.status();
  }

  /// Paths have at most kMaxStages stages, no slot twice, and heads pool what has run.
  void CheckTree(int at, std::vector<int> path) {
    if (!reader_.status().ok()) return;
    const StageNode& node = plan_.nodes[static_cast<std::size_t>(at)];
    if (std::find(path.begin(), path.end(), node.slot) != path.end()) reader_.Fault("nodes", "no slot twice on a path");
    path.push_back(node.slot);
    if (path.size() > kMaxStages) reader_.Fault("nodes", "paths of at most 5 stages");
    if (++checked_ > kMostChecks) reader_.Fault("nodes", "trees that do not share their branches");
    for (const HeadMap& map : plan_.heads[static_cast<std::size_t>(node.head)].maps) {
      if (std::find(path.begin(), path.end(), map.slot) == path.end())
        reader_.Fault("nodes", "heads over slots that ran");
    }
    for (const StageNode::Branch& branch : node.branches) CheckTree(branch.node, path);
  }

  static constexpr int kMostChecks = 100'000;  // a graph that is no tree has many more paths than nodes

  JsonReader& reader_;
  const PolicyCommon& common_;
  const TensorFile& content_;
  const std::string& file_;
  StagedPlan plan_;
  int checked_ = 0;
};

}  // namespace

void StagedPolicy::Save(PolicyRecord& record) const {
  SaveCommon(record);
  Json& config = record.config;
  TensorFile& file = record.file;
  config["signal"] = plan_.signal == StopSignal::kAgreement ? "agreement" : "confidence";
  config["abstain_below"] = plan_.abstain_below;
  config["slots"] = config["heads"] = config["nodes"] = Json::array();
  for (const Slot& slot : plan_.slots) config["slots"].push_back({{"members", slot.members}});
  for (std::size_t g = 0; g < plan_.gates.size(); ++g) PutGate("gate" + std::to_string(g), plan_.gates[g], file);
  for (std::size_t h = 0; h < plan_.heads.size(); ++h) {
    const Head& head = plan_.heads[h];
    const std::string name = "head" + std::to_string(h);
    Json slots = Json::array();
    Json kinds = Json::array();
    for (std::size_t m = 0; m < head.maps.size(); ++m) {
      const HeadMap& map = head.maps[m];
      slots.push_back(map.slot);
      kinds.push_back(kMapKinds[static_cast<std::size_t>(map.kind)]);
      file.tensors[name + ".map" + std::to_string(m)] = Tensor::Floats(MapShape(map.kind, class_count()), map.values);
    }
    if (!head.bias.empty()) file.tensors[name + ".bias"] = Tensor::Floats({class_count()}, head.bias);
    config["heads"].push_back({{"slots", slots}, {"maps", kinds}});
  }
  for (const StageNode& node : plan_.nodes) config["nodes"].push_back(NodeToJson(node));
  config["roots"] = plan_.roots;
}

Result<std::unique_ptr<Policy>> ReadStaged(JsonReader& reader, PolicyCommon common, const TensorFile& content,
                                           const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(StagedPlan plan, StagedReader(reader, common, content, file).Read());
  return std::unique_ptr<Policy>(std::make_unique<StagedPolicy>(std::move(common), std::move(plan)));
}

}  // namespace amsel
