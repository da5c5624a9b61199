#include "train/split.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "learn/cross_validate.h"

namespace amsel {

TrainingSplit SplitForTraining(const Outcomes& table, const SplitOptions& options, std::uint64_t seed) {
  constexpr int kParts = 20;
  TrainingSplit split;
  std::vector<std::size_t> rows;
  // What shares a group, or is a duplicate, is never on both sides, whatever the list of images says.
  std::set<int> held;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (table.images[i].split == "test") held.insert(table.groups[i]);
  }
  std::set<int> certified;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (table.images[i].split != "certify" || held.contains(table.groups[i])) continue;
    split.certify.push_back(i);
    certified.insert(table.groups[i]);
  }
  held.merge(certified);
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const std::string& named = table.images[i].split;
    if (named != "test" && named != "certify" && !held.contains(table.groups[i])) rows.push_back(i);
  }
  const auto set_aside = static_cast<int>(std::lround(options.test_fraction * kParts));
  const bool reserve = split.certify.empty() && (options.certify_few || rows.size() >= kFewestToCertify);
  const auto certify = reserve ? static_cast<int>(std::lround(options.certify_fraction * (kParts - set_aside))) : 0;
  if (set_aside + certify == 0) {
    split.learn = std::move(rows);
    return split;
  }
  std::set<int> fit;
  for (const std::size_t i : rows) {
    if (table.images[i].split == "fit") fit.insert(table.groups[i]);
  }
  const auto fits = [&](std::size_t i) { return fit.contains(table.groups[i]); };
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(split.learn), fits);
  std::erase_if(rows, fits);
  const std::vector<int> parts = FoldsOf(table, rows, kParts, seed);
  const int kept_out = set_aside + certify;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const int part = parts[r];
    if (!IsAmong(part, kParts, kept_out)) {
      split.learn.push_back(rows[r]);
    } else if (!IsAmong(part * kept_out / kParts, kept_out, set_aside)) {
      split.certify.push_back(rows[r]);
    }
  }
  std::sort(split.learn.begin(), split.learn.end());
  return split;
}

}  // namespace amsel
