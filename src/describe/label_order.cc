#include "describe/label_order.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace amsel {
namespace {

/// By the images of which `counts` is true: answers and classes in pairs, those that coincide most often first. An
/// answer that was not given keeps its class where no other has it, else it has none (−1).
template <typename Counts>
std::vector<int> OrderBy(const std::vector<Score>& scores, std::span<const int> labels, int classes, Counts&& counts) {
  std::map<std::pair<int, int>, int> together;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (counts(i) && scores[i].answer >= 0) ++together[{scores[i].answer, labels[i]}];
  }
  std::vector<std::tuple<int, int, int>> pairs;
  for (const auto& [pair, count] : together) pairs.emplace_back(-count, pair.first, pair.second);
  for (int c = 0; c < classes; ++c) pairs.emplace_back(0, c, c);
  std::sort(pairs.begin(), pairs.end());
  std::vector<int> class_of(static_cast<std::size_t>(classes), -1);
  std::vector<bool> taken(class_of.size(), false);
  for (const auto& [count, answer, label] : pairs) {
    if (class_of[static_cast<std::size_t>(answer)] >= 0 || taken[static_cast<std::size_t>(label)]) continue;
    class_of[static_cast<std::size_t>(answer)] = label;
    taken[static_cast<std::size_t>(label)] = true;
  }
  return class_of;
}

}  // namespace

LabelOrder BetterOrder(const std::vector<Score>& scores, std::span<const int> labels, int classes) {
  std::vector<Score> relabelled = scores;
  for (const std::size_t half : {0U, 1U}) {
    const std::vector<int> order = OrderBy(scores, labels, classes, [half](std::size_t i) { return i % 2 != half; });
    for (std::size_t i = half; i < scores.size(); i += 2) {
      const int answer = scores[i].answer;
      relabelled[i].right = answer >= 0 && order[static_cast<std::size_t>(answer)] == labels[i];
    }
  }
  const Comparison better = Compare(relabelled, scores);
  if (!ClearlyBetter(better) || better.top1 < (1 - Top1(scores)) / 3) return {};
  const auto right =
      std::count_if(relabelled.begin(), relabelled.end(), [](const Score& score) { return score.right; });
  return {OrderBy(scores, labels, classes, [](std::size_t) { return true; }), static_cast<int>(right)};
}

}  // namespace amsel
