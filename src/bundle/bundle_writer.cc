#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "bundle/bundle.h"
#include "policy/policy_file.h"

namespace amsel {
namespace {

/// Collects the checksums of what it writes.
class FolderWriter {
 public:
  explicit FolderWriter(std::string root) : root_(std::move(root)) {}

  Status Write(const std::string& name, const std::string& bytes) {
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::path(root_ + "/" + name).parent_path(), failure);
    if (failure) return RuntimeFailure(root_ + "/" + name + ": cannot be written: " + failure.message());
    sums_[name] = Sha256Hex(bytes);
    return WriteFile(root_ + "/" + name, bytes);
  }

  Status WriteSums() {
    std::string text;
    for (const auto& [name, sum] : sums_) text += sum + "  " + name + "\n";
    return WriteFile(root_ + "/SHA256SUMS", text);
  }

 private:
  std::string root_;
  std::map<std::string, std::string> sums_;
};

std::string Joined(const auto& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

Status CheckReplaceable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::exists(path, failure) || (fs::is_directory(path, failure) && fs::is_empty(path, failure))) return {};
  const auto manifest = ReadFile(path + "/manifest.json");
  if (manifest.ok() && manifest->find("\"amsel.bundle/") != std::string::npos) return {};  // damaged or not
  return UsageError(path + ": is no bundle, and nothing else is replaced; remove it, or choose another place");
}

std::string TrainingKey(const std::string& sha256) {
  return sha256.substr(0, 16);
}

Status WriteBundle(const BundleContents& contents, const std::string& path) {
  AMSEL_RETURN_IF_ERROR(CheckReplaceable(path));
  AMSEL_ASSIGN_OR_RETURN(StagedDirectory staged, StagedDirectory::Create(path));
  FolderWriter writer(staged.path());
  AMSEL_RETURN_IF_ERROR(writer.Write("manifest.json", ManifestToJson(contents.manifest).dump(2) + "\n"));
  AMSEL_RETURN_IF_ERROR(writer.Write("policy.safetensors", SerializeTensorFile(PolicyToTensorFile(*contents.policy))));
  AMSEL_RETURN_IF_ERROR(writer.Write("labels.txt", Joined(contents.labels)));
  AMSEL_RETURN_IF_ERROR(writer.Write("training_images.txt", Joined(contents.training_images)));
  for (const auto& [folder, files] : contents.folders) {
    Card card = files.card;
    card.labels = "../../labels.txt";
    AMSEL_ASSIGN_OR_RETURN(const std::string model, ReadFile(files.model_file));
    const std::string base = "candidates/" + folder;
    AMSEL_RETURN_IF_ERROR(writer.Write(base + "/card.json", CardToJson(card).dump(2) + "\n"));
    AMSEL_RETURN_IF_ERROR(writer.Write(base + "/model.onnx", model));
    AMSEL_RETURN_IF_ERROR(
        writer.Write("conformance/" + folder + ".safetensors", SerializeTensorFile(files.conformance)));
  }
  if (contents.premodel) {
    AMSEL_ASSIGN_OR_RETURN(const std::string model, ReadFile(contents.premodel->model_file));
    AMSEL_RETURN_IF_ERROR(writer.Write("premodel/card.json", CardToJson(contents.premodel->card).dump(2) + "\n"));
    AMSEL_RETURN_IF_ERROR(writer.Write("premodel/model.onnx", model));
  }
  AMSEL_RETURN_IF_ERROR(writer.WriteSums());
  return staged.Commit();
}

}  // namespace amsel
