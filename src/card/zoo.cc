#include "card/zoo.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// Labels and names become JSON, which is UTF-8: the two ways of writing what is not differ.
bool IsUtf8(const Json& text) {
  return text.dump(-1, ' ', false, Json::error_handler_t::ignore) ==
         text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Card> ReadCard(const fs::path& folder, const ZooOptions& options, std::string& card_file) {
  const bool own = fs::exists(folder / "card.json");
  if (!own && options.card_defaults.empty()) {
    return BadInput(folder.string() + ": has no card.json; write one (docs/formats/card.md) or give --card-defaults");
  }
  card_file = own ? (folder / "card.json").string() : options.card_defaults;
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(card_file, kMaxCardBytes));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, card_file));
  AMSEL_ASSIGN_OR_RETURN(Card card, ParseCard(json, card_file, own ? CardUse::kCandidate : CardUse::kDefaults));
  if (!own) card.name = folder.filename().string();
  if (!IsUtf8(card.name)) return BadInput(folder.string() + ": the folder's name is not UTF-8");
  if (card.name != folder.filename().string()) {
    return BadInput(card_file + ": field `name`: expected the folder's name \"" + folder.filename().string() +
                    "\", found \"" + card.name + "\"");
  }
  return card;
}

std::string LabelsPath(const ZooEntry& entry) {
  return (fs::path(entry.card_file).parent_path() / entry.card.labels).lexically_normal().string();
}

}  // namespace

Result<std::string> FindModelFile(const std::string& folder) {
  long best = -1;
  fs::path model;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    long version = -1;
    const auto [stop, fault] = std::from_chars(name.data(), name.data() + name.size(), version);
    if (fault != std::errc() || stop != name.data() + name.size() || version <= best) continue;
    if (!fs::is_regular_file(entry.path() / "model.onnx", failure)) continue;
    best = version;
    model = entry.path() / "model.onnx";
  }
  if (best < 0) return BadInput(folder + ": has no <version>/model.onnx");
  return model.string();
}

Result<std::vector<std::string>> ReadLabels(const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, std::uint64_t{64} << 20));
  std::vector<std::string> labels;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) return BadInput(file + ": line " + std::to_string(labels.size() + 1) + " is empty");
    if (!IsUtf8(line)) return BadInput(file + ": line " + std::to_string(labels.size() + 1) + " is not UTF-8");
    labels.push_back(line);
  }
  if (labels.size() < 2) return BadInput(file + ": expected at least two labels, one a line");
  return labels;
}

Result<Zoo> LoadZoo(const std::string& path, const ZooOptions& options) {
  std::error_code failure;
  if (!fs::is_directory(path, failure)) return BadInput(path + ": is not a folder (expected a zoo of candidates)");
  Zoo zoo{path, {}, {}};
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, failure)) {
    if (entry.is_directory() && entry.path().filename().string().front() != '.') folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    ZooEntry entry;
    AMSEL_ASSIGN_OR_RETURN(entry.card, ReadCard(folder, options, entry.card_file));
    AMSEL_ASSIGN_OR_RETURN(entry.model_file, FindModelFile(folder.string()));
    AMSEL_ASSIGN_OR_RETURN(entry.labels, ReadLabels(LabelsPath(entry)));
    if (zoo.entries.empty()) zoo.labels = entry.labels;
    if (entry.labels != zoo.labels && !options.allow_different_labels) {
      return BadInput(LabelsPath(entry) + ": differs from the labels of " + zoo.entries.front().card.name +
                      "; all candidates of a zoo must share their classes");
    }
    zoo.entries.push_back(std::move(entry));
  }
  if (zoo.entries.empty()) return BadInput(path + ": holds no candidate (expected <candidate>/card.json)");
  return zoo;
}

}  // namespace amsel
