// What class the text of a label means: a name, the WordNet id that a name begins with, or a position.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// How whole numbers are read where they may be a class's name as well as another class's position.
enum class NumberLabels { kNames, kPositions };

/// Whether the text is digits alone.
bool IsWholeNumber(const std::string& text);

class LabelNames {
 public:
  explicit LabelNames(const std::vector<std::string>& labels);

  /// Settles how whole numbers are read, from all `texts` of a list and what was `asked`, if anything: as names where
  /// each is one; as positions where one is no name. Bad input where neither can be.
  Status SettleNumbers(std::span<const std::string> texts, std::optional<NumberLabels> asked);

  NumberLabels numbers() const { return numbers_; }
  /// Whether a number of the list is the name of one class and the position of another.
  bool numbers_differ() const { return !differing_.empty(); }
  /// How numbers were read, where that makes a difference; else empty.
  std::string NumbersNotice() const;

  /// The class of a text, or what is wrong with it.
  Result<int> ClassOf(const std::string& text) const;
  /// The class at a position that is written as a whole number.
  Result<int> ClassAt(const std::string& text) const;

 private:
  static constexpr int kAmbiguous = -1;
  using Index = std::map<std::string, int>;  ///< kAmbiguous where several classes share the text

  std::optional<int> Position(const std::string& text) const;
  std::string Positions() const;

  Index by_name_;
  Index by_wordnet_id_;
  int count_;
  bool all_numbers_ = true;  ///< every name is one
  NumberLabels numbers_ = NumberLabels::kNames;
  std::string differing_;  ///< such a number
  std::string no_name_;    ///< a number of the list that is a position alone
};

}  // namespace amsel
