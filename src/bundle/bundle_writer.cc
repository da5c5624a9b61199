#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/plain_name.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "bundle/bundle.h"
#include "card/dnn_files.h"
#include "card/feature_dnn_card.h"
#include "policy/policy_file.h"

namespace amsel {
namespace {

/// Collects the checksums of what it writes.
class FolderWriter {
 public:
  explicit FolderWriter(std::string root) : root_(std::move(root)) {}

  Status Write(const std::string& name, const std::string& bytes) {
    AMSEL_RETURN_IF_ERROR(MakeFolderOf(name));
    sums_[name] = Sha256Hex(bytes);
    return WriteFile(root_ + "/" + name, bytes);
  }

  /// Writes that card of the DNN and, unless it is left out, its files, under the names that are given back, with its
  /// record. Its sum must be that of the manifest.
  Result<DnnNames> WriteDnn(const Dnn& dnn, const Card& card, const BundleContents::DnnParts& parts) {
    AMSEL_RETURN_IF_ERROR(Write(dnn.path() + "/card.json", CardToJson(card).dump(2) + "\n"));
    if (parts.model_file.empty()) return dnn.names;
    AMSEL_RETURN_IF_ERROR(Write("conformance/" + dnn.folder + ".safetensors", SerializeTensorFile(parts.conformance)));
    return CopyDnn(parts.model_file, dnn.path(), dnn.sha256);
  }

  Status WriteSums() {
    std::string text;
    for (const auto& [name, sum] : sums_) text += sum + "  " + name + "\n";
    return WriteFile(root_ + "/SHA256SUMS", text);
  }

 private:
  Result<DnnNames> CopyDnn(const std::string& model_file, const std::string& folder, const std::string& sha256) {
    AMSEL_ASSIGN_OR_RETURN(const DnnFiles files, FindDnnFiles(model_file));
    const DnnNames names{IsOrtFile(model_file) ? kOrtName : kOnnxName, files.data};
    AMSEL_RETURN_IF_ERROR(Copy(files.model, folder + "/" + names.file));
    std::vector<std::pair<std::string, std::string>> data_sums;
    for (const std::string& name : files.data) {
      AMSEL_RETURN_IF_ERROR(Copy(files.DataPath(name), folder + "/" + name));
      data_sums.emplace_back(name, sums_[folder + "/" + name]);
    }
    if (DnnSha256(sums_[folder + "/" + names.file], data_sums) != sha256) {
      return BadInput(model_file + ": is not the DNN that was measured: it is damaged, or was changed just now");
    }
    return names;
  }

  Status MakeFolderOf(const std::string& name) {
    if (!IsPlainPath(name)) return BadInput(root_ + "/" + name + ": would lie outside of the bundle");
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::path(root_ + "/" + name).parent_path(), failure);
    if (failure) return RuntimeFailure(root_ + "/" + name + ": cannot be written: " + failure.message());
    return {};
  }

  Status Copy(const std::string& from, const std::string& name) {
    AMSEL_RETURN_IF_ERROR(MakeFolderOf(name));
    Sha256 sum;
    AMSEL_RETURN_IF_ERROR(CopyFile(from, root_ + "/" + name, [&](std::string_view piece) { sum.Add(piece); }));
    sums_[name] = sum.Hex();
    return {};
  }

  std::string root_;
  std::map<std::string, std::string> sums_;
};

/// The folds by which a point is judged may choose other candidates than the whole did: their paths are none of this
/// bundle's, and what is left shares what they had.
void KeepOwnPaths(Manifest& manifest) {
  const auto held = [&](const std::string& name) {
    return std::any_of(manifest.candidates.begin(), manifest.candidates.end(),
                       [&](const ManifestCandidate& candidate) { return candidate.name == name; });
  };
  for (ManifestPoint& point : manifest.operating_points) {
    const auto foreign = [&](const PathEntry& path) {
      return !std::all_of(path.sequence.begin(), path.sequence.end(), held);
    };
    if (std::erase_if(point.paths, foreign) == 0) continue;
    double kept = 0;
    for (const PathEntry& path : point.paths) kept += path.share;
    for (PathEntry& path : point.paths) path.share /= kept;
  }
}

/// Opens what was written, as whoever runs it will: what does not open replaces nothing.
Status CheckWritten(const std::string& staged, const std::string& path) {
  const auto named = [&](Error error) {
    for (std::size_t at = 0; (at = error.message.find(staged, at)) != std::string::npos; at += path.size()) {
      error.message.replace(at, staged.size(), path);
    }
    error.message = path + ": was not written, since it could not be opened: " + error.message;
    return error;
  };
  const Result<Bundle> bundle = Bundle::Open(staged);
  if (!bundle.ok()) return named(bundle.error());
  const Status whole = bundle->VerifyAllFiles();
  return whole.ok() ? whole : Status(named(whole.error()));
}

std::string Joined(const auto& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

bool IsInOwnFolder(const std::string& name) {
  return name.starts_with("candidates/") || name.starts_with("conformance/") ||
         name.starts_with(std::string(kFeatureDnnName) + "/");
}

/// The first file in the bundle, damaged or not, that is none of its own: not named by SHA256SUMS (or, without that,
/// not in one of its folders), nor of the names that bundles have. Empty: there is none.
std::string FirstForeign(const std::string& path) {
  namespace fs = std::filesystem;
  static const std::set<std::string> kOwn{"manifest.json",      "SHA256SUMS", kSumsSignature,
                                          "policy.safetensors", "labels.txt", "training_images.txt"};
  const auto text = ReadFile(path + "/SHA256SUMS");
  std::set<std::string> foreign;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(path, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (entry->is_directory(failure) && !entry->is_symlink(failure)) continue;
    const std::string name = entry->path().lexically_relative(path).string();
    const bool listed = text.ok() ? text->find("  " + name + "\n") != std::string::npos : IsInOwnFolder(name);
    if (!kOwn.contains(name) && !listed) foreign.insert(entry->path().string());
  }
  return foreign.empty() ? "" : *foreign.begin();
}

}  // namespace

Status CheckReplaceable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::exists(path, failure) || (fs::is_directory(path, failure) && fs::is_empty(path, failure))) return {};
  const auto manifest = ReadFile(path + "/manifest.json");
  if (!manifest.ok() || manifest->find("\"amsel.bundle/") == std::string::npos) {
    return UsageError(path + ": is no bundle, and nothing else is replaced; remove it, or choose another place");
  }
  const std::string foreign = FirstForeign(path);
  if (foreign.empty()) return {};
  return UsageError(foreign + ": is no part of the bundle " + path + " and would be lost with it; move it elsewhere");
}

Status WriteBundle(const BundleContents& contents, const std::string& path) {
  AMSEL_RETURN_IF_ERROR(CheckReplaceable(path));
  AMSEL_ASSIGN_OR_RETURN(StagedDirectory staged, StagedDirectory::Create(path));
  FolderWriter writer(staged.path());
  Manifest manifest = contents.manifest;
  KeepOwnPaths(manifest);
  AMSEL_RETURN_IF_ERROR(writer.Write("policy.safetensors", SerializeTensorFile(PolicyToTensorFile(*contents.policy))));
  AMSEL_RETURN_IF_ERROR(writer.Write("labels.txt", Joined(contents.labels)));
  AMSEL_RETURN_IF_ERROR(writer.Write("training_images.txt", Joined(contents.training_images)));
  for (const auto& [folder, parts] : contents.folders) {
    Card card = parts.card;
    card.labels = "../../labels.txt";
    Dnn unnamed;
    unnamed.folder = folder;
    std::vector<Dnn*> views;  // of one DNN
    for (ManifestCandidate& candidate : manifest.candidates) {
      if (candidate.folder == folder) views.push_back(&candidate);
    }
    AMSEL_ASSIGN_OR_RETURN(const DnnNames names,
                           writer.WriteDnn(views.empty() ? unnamed : *views.front(), card, parts));
    for (Dnn* view : views) view->names = names;
  }
  if (contents.feature_dnn && manifest.feature_dnn) {
    if (contents.folders.contains(kFeatureDnnName)) {
      return BadInput(path + ": a candidate may not be called " + kFeatureDnnName + " where a feature DNN is read");
    }
    AMSEL_ASSIGN_OR_RETURN(manifest.feature_dnn->names,
                           writer.WriteDnn(*manifest.feature_dnn, contents.feature_dnn->card, *contents.feature_dnn));
  }
  AMSEL_RETURN_IF_ERROR(writer.Write("manifest.json", ManifestToJson(manifest).dump(2) + "\n"));
  AMSEL_RETURN_IF_ERROR(writer.WriteSums());
  AMSEL_RETURN_IF_ERROR(CheckWritten(staged.path(), path));
  return staged.Commit();
}

}  // namespace amsel
