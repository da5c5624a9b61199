#include "describe/write_zoo.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "card/zoo.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// Whether the DNN's file is the one that a zoo has at OUT/NAME.
bool LiesThere(const std::string& out, const std::string& name, const std::string& file) {
  const auto there = FindModelFile((fs::path(out) / name).string());
  std::error_code failure;
  return there.ok() && fs::equivalent(*there, file, failure) && !failure;
}

/// Whether replacing the candidate's folder would take the DNN's file with it.
bool HoldsElsewhere(const fs::path& folder, const std::string& out, const std::string& name, const std::string& file) {
  std::error_code failure;
  const std::string inner = fs::canonical(file, failure).string();
  return !failure && inner.starts_with(fs::canonical(folder, failure).string() + "/") && !LiesThere(out, name, file);
}

/// Under the names that files of a zoo have; data files keep theirs, by which the DNN finds them.
Status CopyDnn(const std::string& file, const std::string& folder) {
  AMSEL_ASSIGN_OR_RETURN(const DnnFiles files, FindDnnFiles(file));
  std::map<std::string, std::string> from_by_name{{IsOrtFile(file) ? kOrtName : kOnnxName, file}};
  for (const std::string& name : files.data) {
    from_by_name.emplace(name, files.DataPath(name));
  }
  for (const auto& [name, from] : from_by_name) {
    std::error_code failure;
    const std::string to = folder + "/" + name;
    fs::create_directories(fs::path(to).parent_path(), failure);
    if (failure) return RuntimeFailure(to + ": cannot be written: " + failure.message());
    AMSEL_RETURN_IF_ERROR(CopyFile(from, to, [](std::string_view) {}));
  }
  return {};
}

/// Candidates of the zoo that are none of `names`; empty where there is no zoo.
std::vector<std::string> OthersThere(const std::string& out, const std::vector<std::string>& names) {
  std::vector<std::string> others;
  std::error_code failure;
  for (const fs::directory_entry& entry : fs::directory_iterator(out, failure)) {
    const std::string name = entry.path().filename().string();
    const bool candidate = fs::exists(entry.path() / "card.json", failure) || FindModelFile(entry.path().string()).ok();
    if (candidate && std::find(names.begin(), names.end(), name) == names.end()) others.push_back(name);
  }
  std::sort(others.begin(), others.end());
  return others;
}

/// Refuses other labels than those that stay for other candidates.
Status CheckLabels(const std::string& out, const std::vector<std::string>& names,
                   const std::vector<std::string>& labels) {
  const std::string file = out + "/labels.txt";
  std::error_code failure;
  if (!fs::exists(file, failure)) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> there, ReadLabels(file));
  const std::vector<std::string> others = OthersThere(out, names);
  if (there == labels || others.empty()) return {};
  return UsageError(file + ": is there for " + others.front() + (others.size() > 1 ? " and others" : "") +
                    ", with other labels or another order; choose another --out");
}

Status WriteLabels(const std::vector<std::string>& names, const std::vector<std::string>& labels,
                   const std::string& out) {
  AMSEL_RETURN_IF_ERROR(CheckLabels(out, names, labels));
  const std::string file = out + "/labels.txt";
  std::string text;
  for (const std::string& label : labels) text += label + "\n";
  return WriteFileAtomically(file, text);
}

Status WriteCandidate(const InitReport& report, const std::string& out) {
  const std::string folder = out + "/" + report.card.name;
  const std::string card = PrettyText(CardFileToJson(report.card));
  if (LiesThere(out, report.card.name, report.file)) return WriteFileAtomically(folder + "/card.json", card);
  AMSEL_ASSIGN_OR_RETURN(StagedDirectory staged, StagedDirectory::Create(folder));
  AMSEL_RETURN_IF_ERROR(CopyDnn(report.file, staged.path() + "/1"));
  AMSEL_RETURN_IF_ERROR(WriteFile(staged.path() + "/card.json", card));
  return staged.Commit();
}

}  // namespace

bool IsFolderName(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  return plain && !name.empty() && name.front() != '.';
}

Status CheckPlace(const std::string& out, const std::string& name, const std::string& file, bool force) {
  std::error_code failure;
  const fs::path folder = fs::path(out) / name;
  if (!fs::exists(folder, failure)) return {};
  if (force && HoldsElsewhere(folder, out, name, file)) {
    return UsageError(folder.string() + ": holds " + file + ", which is read and would be lost; choose another --out");
  }
  if (force) return {};
  if (!LiesThere(out, name, file)) return UsageError(folder.string() + ": is there; give --force to replace it");
  if (!fs::exists(folder / "card.json", failure)) return {};
  return UsageError(folder.string() +
                    "/card.json: is there; give --force to replace it, or let amsel check --fix correct it");
}

Status CheckZooThere(const std::string& out, const std::vector<std::string>& names,
                     const std::vector<std::string>* labels) {
  std::error_code failure;
  if (!fs::exists(fs::path(out) / "labels.txt", failure)) return {};
  if (labels != nullptr) AMSEL_RETURN_IF_ERROR(CheckLabels(out, names, *labels));
  const auto there = LoadZoo(out, {"", /*allow_different_labels=*/true});
  if (!there.ok()) return {};  // DNNs without cards, which are to be written
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> own, ReadLabels(out + "/labels.txt"));
  for (const ZooEntry& entry : there->entries) {
    if (entry.labels == own || std::find(names.begin(), names.end(), entry.card.name) != names.end()) continue;
    return UsageError(entry.card_file + ": its candidate has other labels than " + out +
                      "/labels.txt, so that no other can join it; choose another --out");
  }
  return {};
}

Status WriteZoo(const InitResult& result, const std::string& out) {
  std::error_code failure;
  fs::create_directories(out, failure);
  if (failure) return RuntimeFailure(out + ": cannot be created: " + failure.message());
  std::vector<std::string> names;
  for (const InitReport& report : result.reports) names.push_back(report.card.name);
  AMSEL_RETURN_IF_ERROR(WriteLabels(names, result.labels, out));
  for (const InitReport& report : result.reports) AMSEL_RETURN_IF_ERROR(WriteCandidate(report, out));
  return {};
}

}  // namespace amsel
