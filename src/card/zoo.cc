#include "card/zoo.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/plain_name.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// Names of the folder's entries, in order; what cannot be read has none.
std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsFolder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path, failure);
}

bool IsFile(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

bool IsThere(const fs::path& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

/// Why its entries cannot be listed; empty: they can.
std::string WhyUnreadable(const fs::path& folder) {
  std::error_code failure;
  const fs::directory_iterator entries(folder, failure);
  return failure ? folder.string() + ": cannot be read: " + failure.message() : "";
}

/// A link to nothing, or to itself.
bool IsBrokenLink(const fs::path& path) {
  std::error_code failure;
  return fs::is_symlink(path, failure) && !IsThere(path);
}

/// -1 for what is no number.
long VersionNamed(const std::string& name) {
  long version = -1;
  const auto [stop, fault] = std::from_chars(name.data(), name.data() + name.size(), version);
  return fault == std::errc() && stop == name.data() + name.size() ? version : -1;
}

/// What file systems, archives and interpreters leave among folders.
bool IsMadeBySystems(const std::string& name) {
  static const std::set<std::string> kNames{
      "@eaDir", "__MACOSX", "__pycache__", "lost+found", "#recycle", "$RECYCLE.BIN", "System Volume Information"};
  return name.front() == '.' || kNames.contains(name);
}

bool IsDnnName(const std::string& name) {
  return name.ends_with(".onnx") || name.ends_with(".ort");
}

/// The first file in the folder, or one folder below, that is a DNN by its name, relative to the folder; empty: none.
std::string AnyDnn(const fs::path& folder) {
  for (const std::string& name : NamesIn(folder)) {
    if (IsDnnName(name)) return name;
    if (!IsFolder(folder / name)) continue;
    for (const std::string& below : NamesIn(folder / name)) {
      if (IsDnnName(below)) return name + "/" + below;
    }
  }
  return {};
}

bool HasCard(const fs::path& folder) {
  return IsThere(folder / "card.json") || IsBrokenLink(folder / "card.json");
}

/// Has neither card nor DNN, as far as can be seen.
bool IsNoCandidate(const fs::path& folder) {
  return IsFolder(folder) && WhyUnreadable(folder).empty() && !HasCard(folder) && AnyDnn(folder).empty();
}

Result<Card> ReadCard(const fs::path& folder, const ZooOptions& options, std::string& card_file) {
  const bool own = HasCard(folder);
  if (!own && options.card_defaults.empty()) {
    return BadInput(folder.string() + ": has no card.json; write one (docs/formats/card.md) or give --card-defaults");
  }
  card_file = own ? (folder / "card.json").string() : options.card_defaults;
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(card_file, kMaxCardBytes));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, card_file));
  AMSEL_ASSIGN_OR_RETURN(Card card, ParseCard(json, card_file, own ? CardUse::kCandidate : CardUse::kDefaults));
  if (!own) card.name = folder.filename().string();
  if (!IsUtf8(card.name)) return BadInput(folder.string() + ": the folder's name is not UTF-8");
  if (!IsPlainName(card.name)) return BadInput(folder.string() + ": the folder's name is not " + kPlainName);
  if (card.name != folder.filename().string()) {
    return BadInput(card_file + ": field `name`: expected the folder's name \"" + folder.filename().string() +
                    "\", found \"" + card.name + "\"");
  }
  return card;
}

/// Beside the candidate's folder as it is named or, where that is a link and nothing is there, beside what it leads to.
std::string LabelsPath(const ZooEntry& entry) {
  const fs::path written = fs::path(entry.card_file).parent_path() / entry.card.labels;
  const fs::path named = written.lexically_normal();
  return (!IsThere(named) && IsThere(written) ? written : named).string();
}

/// Reads all of a candidate, so that all of its faults are found.
ZooEntry ReadEntry(const fs::path& folder, const ZooOptions& options, std::vector<std::string>& faults) {
  ZooEntry entry;
  if (IsBrokenLink(folder)) {
    faults.push_back(folder.string() + ": is a link that leads nowhere");
    return entry;
  }
  if (std::string why = WhyUnreadable(folder); !why.empty()) {
    faults.push_back(std::move(why));
    return entry;
  }
  if (Result<Card> card = ReadCard(folder, options, entry.card_file); card.ok()) {
    entry.card = *std::move(card);
    Result<std::vector<std::string>> labels = ReadLabels(LabelsPath(entry));
    if (labels.ok()) {
      entry.labels = *std::move(labels);
    } else {
      faults.push_back(labels.error().message);
    }
  } else {
    faults.push_back(card.error().message);
  }
  Result<std::string> model = FindModelFile(folder.string());
  if (!model.ok()) {
    faults.push_back(model.error().message);
    return entry;
  }
  entry.model_file = *std::move(model);
  Result<DnnFiles> files = FindDnnFiles(entry.model_file);
  if (files.ok()) entry.data_files = std::move(files->data);
  if (!files.ok()) faults.push_back(files.error().message);
  return entry;
}

/// Candidates are compared with the first one that has labels.
void CompareLabels(const ZooEntry& entry, const ZooOptions& options, ZooReading& reading, std::string& first,
                   std::vector<std::string>& faults) {
  if (entry.labels.empty()) return;
  if (first.empty()) {
    first = entry.card.name;
    reading.zoo.labels = entry.labels;
  }
  if (entry.labels == reading.zoo.labels || options.allow_different_labels) return;
  faults.push_back(LabelsPath(entry) + ": differs from the labels of " + first +
                   "; all candidates of a zoo must share their classes");
}

std::string NoCandidates(const ZooReading& reading) {
  std::string text =
      reading.zoo.path + ": holds no candidate (expected <candidate>/card.json; amsel init makes a zoo of your DNNs)";
  if (IsThere(fs::path(reading.zoo.path) / "card.json")) text += "; it is one itself: name the folder above";
  return text;
}

}  // namespace

Result<std::string> FindModelFile(const std::string& folder) {
  long best = -1;
  fs::path model;
  for (const std::string& name : NamesIn(folder)) {
    const long version = VersionNamed(name);
    if (version <= best) continue;
    for (const char* file : {kOnnxName, kOrtName}) {
      const fs::path path = fs::path(folder) / name / file;
      if (!IsFile(path) && !IsBrokenLink(path)) continue;
      best = version;
      model = path;
      break;
    }
  }
  if (best >= 0 && IsBrokenLink(model)) return BadInput(model.string() + ": is a link that leads nowhere");
  if (best >= 0) return model.string();
  const std::string other = AnyDnn(folder);
  return BadInput(folder + ": has no <version>/model.onnx or <version>/model.ort" +
                  (other.empty() ? "" : "; " + other + " must be named so"));
}

ZooReading ReadZoo(const std::string& path, const ZooOptions& options) {
  ZooReading reading;
  reading.zoo.path = path;
  if (!IsFolder(path)) {
    reading.faults.push_back({"", path + ": is not a folder (expected a zoo of candidates)"});
    return reading;
  }
  if (std::string why = WhyUnreadable(path); !why.empty()) reading.faults.push_back({"", std::move(why)});
  std::string first;
  for (const std::string& name : NamesIn(path)) {
    const fs::path folder = fs::path(path) / name;
    if (IsMadeBySystems(name) || (!IsFolder(folder) && !IsBrokenLink(folder))) continue;
    if (IsNoCandidate(folder)) {
      reading.passed_over.push_back(name);
      continue;
    }
    std::vector<std::string> faults;
    ZooEntry entry = ReadEntry(folder, options, faults);
    CompareLabels(entry, options, reading, first, faults);
    for (std::string& fault : faults) reading.faults.push_back({name, std::move(fault)});
    if (faults.empty()) reading.zoo.entries.push_back(std::move(entry));
  }
  if (reading.zoo.entries.empty() && reading.faults.empty()) reading.faults.push_back({"", NoCandidates(reading)});
  return reading;
}

Result<Zoo> LoadZoo(const std::string& path, const ZooOptions& options) {
  ZooReading reading = ReadZoo(path, options);
  if (reading.faults.empty()) return std::move(reading.zoo);
  std::set<std::string> said;
  std::string text;
  for (const ZooFault& fault : reading.faults) {
    if (!said.insert(fault.message).second) continue;  // a file of labels that all candidates share
    text += (text.empty() ? "" : "\n") + fault.message;
  }
  return BadInput(text);
}

}  // namespace amsel
