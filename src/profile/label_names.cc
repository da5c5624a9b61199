#include "profile/label_names.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace amsel {
namespace {

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// "n01440764" of "n01440764 tench, Tinca tinca" or "n01440764-tench"; empty where the text begins otherwise.
std::string WordnetIdOf(const std::string& text) {
  constexpr std::size_t kLength = 9;
  if (text.size() < kLength || text[0] != 'n' || !std::all_of(text.begin() + 1, text.begin() + kLength, IsDigit)) {
    return "";
  }
  const bool ends = text.size() == kLength || std::isalnum(static_cast<unsigned char>(text[kLength])) == 0;
  return ends ? text.substr(0, kLength) : "";
}

}  // namespace

bool IsWholeNumber(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

LabelNames::LabelNames(const std::vector<std::string>& labels) : count_(static_cast<int>(labels.size())) {
  const auto add = [](Index& index, const std::string& text, int at) {
    const auto [it, fresh] = index.emplace(text, at);
    if (!fresh) it->second = kAmbiguous;
  };
  for (int i = 0; i < count_; ++i) {
    const std::string& label = labels[static_cast<std::size_t>(i)];
    add(by_name_, label, i);
    all_numbers_ = all_numbers_ && IsWholeNumber(label);
    if (const std::string id = WordnetIdOf(label); !id.empty()) add(by_wordnet_id_, id, i);
  }
}

std::optional<int> LabelNames::Position(const std::string& text) const {
  int index = -1;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (fault != std::errc() || stop != text.data() + text.size() || index < 0 || index >= count_) return {};
  return index;
}

std::string LabelNames::Positions() const {
  return "a class index from 0 to " + std::to_string(count_ - 1);
}

Status LabelNames::SettleNumbers(std::span<const std::string> texts, std::optional<NumberLabels> asked) {
  std::string no_position;
  for (const std::string& text : texts) {
    if (!IsWholeNumber(text)) continue;
    const std::optional<int> position = Position(text);
    const auto name = by_name_.find(text);
    if (name == by_name_.end()) {
      if (position && no_name_.empty()) no_name_ = text;
    } else if (!position) {
      if (no_position.empty()) no_position = text;
    } else if (name->second != kAmbiguous && name->second != *position && differing_.empty()) {
      differing_ = text;
    }
  }
  if (asked) {
    numbers_ = *asked;
    return {};
  }
  const bool mixed = !no_name_.empty() && !no_position.empty();
  if (!differing_.empty() && !no_name_.empty()) numbers_ = NumberLabels::kPositions;
  if (!mixed || (differing_.empty() && !all_numbers_)) return {};
  return BadInput("labels that are whole numbers cannot all be read alike: `" + no_position +
                  "` is a class's name and no index, `" + no_name_ + "` an index and no name");
}

std::string LabelNames::NumbersNotice() const {
  if (differing_.empty()) return "";
  const bool names = numbers_ == NumberLabels::kNames;
  const int named = by_name_.at(differing_);
  return "labels that are whole numbers were read as " + std::string(names ? "the names of classes" : "class indices") +
         (names || no_name_.empty() ? "" : ", since `" + no_name_ + "` is no class's name") + ": `" + differing_ +
         "` is class " + (names ? std::to_string(named) : differing_) + ", " +
         (names ? "not class " + differing_ + "; a CSV column label_index instead of label holds indices"
                : "not class " + std::to_string(named) + ", which has that name");
}

Result<int> LabelNames::ClassOf(const std::string& text) const {
  const std::optional<int> position = Position(text);
  if (numbers_ == NumberLabels::kPositions && position && IsWholeNumber(text)) return *position;
  const auto name = by_name_.find(text);
  if (name != by_name_.end() && name->second != kAmbiguous) return name->second;
  if (position) return *position;
  if (name != by_name_.end()) return BadInput("label `" + text + "` names several classes; use an index");
  if (const auto id = by_wordnet_id_.find(WordnetIdOf(text)); id != by_wordnet_id_.end()) {
    if (id->second != kAmbiguous) return id->second;
    return BadInput("label `" + text + "`: the names of several classes begin with " + id->first + "; use an index");
  }
  const std::string id = WordnetIdOf(text);
  const std::string hint = id.empty() || !by_wordnet_id_.empty()
                               ? ""
                               : "; classes that go by WordNet ids are known where the lines of labels.txt begin "
                                 "with them, as in `" +
                                     id + " tabby cat`";
  return BadInput("unknown label `" + text + "`: expected " + Positions() + " or a name from the labels" + hint);
}

Result<int> LabelNames::ClassAt(const std::string& text) const {
  if (const std::optional<int> position = Position(text)) return *position;
  return BadInput("label_index `" + text + "`: expected " + Positions());
}

}  // namespace amsel
