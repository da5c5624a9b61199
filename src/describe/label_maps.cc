#include "describe/label_maps.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace amsel {
namespace {

std::optional<long> WholeNumber(const std::string& text) {
  long value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || stop != text.data() + text.size()) return {};
  return value;
}

bool AllNumbers(const std::vector<std::string>& labels) {
  return std::all_of(labels.begin(), labels.end(), [](const std::string& label) { return WholeNumber(label); });
}

/// Classes in the order that `before` gives their labels.
template <typename Before>
std::vector<int> Sorted(const std::vector<std::string>& labels, Before&& before) {
  std::vector<int> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return before(labels[static_cast<std::size_t>(a)], labels[static_cast<std::size_t>(b)]);
  });
  return order;
}

/// Adds the map, unless one says the same.
void Add(std::vector<LabelMap>& maps, LabelMap map) {
  if (std::find(maps.begin(), maps.end(), map) == maps.end()) maps.push_back(std::move(map));
}

/// Output skip + i is the i-th of `order`.
LabelMap InThisOrder(const std::vector<int>& order, int outputs, int skip, std::string change) {
  LabelMap map{std::move(change), skip, std::vector<int>(static_cast<std::size_t>(outputs), -1)};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t at = i + static_cast<std::size_t>(skip);
    if (at < map.class_of.size()) map.class_of[at] = order[i];
  }
  return map;
}

}  // namespace

std::vector<LabelMap> LabelMaps(const std::vector<std::string>& labels, int outputs, int skip) {
  const int classes = static_cast<int>(labels.size());
  std::vector<int> given(labels.size());
  std::iota(given.begin(), given.end(), 0);
  std::vector<LabelMap> maps;
  Add(maps, InThisOrder(given, outputs, skip, ""));
  if (outputs > classes && outputs - classes != skip) {
    Add(maps, InThisOrder(given, outputs, outputs - classes,
                          std::to_string(outputs - classes) + " leading output(s) are no class (a background class)"));
  }
  if (skip > 0)
    Add(maps, InThisOrder(given, outputs, skip - 1, "one class less to skip, or labels that begin one line earlier"));
  if (outputs > classes + skip) {
    Add(maps, InThisOrder(given, outputs, skip + 1, "one more class to skip, or labels that begin one line later"));
  }
  if (outputs == classes && classes > 2) {
    std::vector<int> turned = given;
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    Add(maps, InThisOrder(turned, outputs, 0, "one class less to skip, or labels that begin one line earlier"));
    std::rotate(turned.begin(), turned.end() - 2, turned.end());
    Add(maps, InThisOrder(turned, outputs, 0, "one more class to skip, or labels that begin one line later"));
  }
  if (outputs < classes + skip && skip == 0) {  // a background class among the labels
    std::vector<int> later(given.begin() + 1, given.end());
    Add(maps, InThisOrder(later, outputs, 0, "labels that begin one line earlier (the first is no class of the DNN)"));
  }
  const int natural = outputs >= classes ? outputs - classes : 0;
  if (AllNumbers(labels)) {
    Add(maps,
        InThisOrder(Sorted(labels, [](const auto& a, const auto& b) { return *WholeNumber(a) < *WholeNumber(b); }),
                    outputs, natural,
                    "numbers are positions, not names: labels in the order of their values, or a list of images "
                    "with the column label_index"));
  }
  Add(maps, InThisOrder(Sorted(labels, std::less<>()), outputs, natural, "labels in the order of their texts"));
  if (classes == 2) Add(maps, InThisOrder({1, 0}, outputs, natural, "the two labels exchanged"));
  return maps;
}

std::vector<std::string> LabelsInOrder(const LabelMap& map, const std::vector<std::string>& labels) {
  std::vector<std::string> ordered;
  std::vector<bool> seen(labels.size(), false);
  for (const int c : map.class_of) {
    if (c < 0) continue;
    const auto at = static_cast<std::size_t>(c);
    if (seen[at]) return {};
    seen[at] = true;
    ordered.push_back(labels[at]);
  }
  return ordered.size() == labels.size() ? ordered : std::vector<std::string>();
}

}  // namespace amsel
