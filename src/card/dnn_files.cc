#include "card/dnn_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/json.h"
#include "base/plain_name.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

fs::path FolderOf(const std::string& model_file) {
  const fs::path path(model_file);
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// "./weights//a.bin" as "weights/a.bin"; ".." stays.
std::string Tidy(const std::string& location) {
  std::string tidy;
  for (const fs::path& part : fs::path(location)) {
    if (part == "." || part.empty()) continue;
    if (!tidy.empty() && tidy.back() != '/') tidy += '/';
    tidy += part.string();
  }
  return location.ends_with('/') ? tidy + '/' : tidy;
}

bool LiesIn(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// Follows links, so that what a bundle carries is what lies with the DNN and nothing else of this machine.
Status CheckDataFile(const std::string& model_file, const std::string& name, std::uint64_t least) {
  const fs::path path = FolderOf(model_file) / name;
  const std::string who = model_file + ": data file `" + name + "`: ";
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    return BadInput(who + "is not there; put it beside the DNN, or save that as one file (onnx.save)");
  }
  if (!fs::is_regular_file(path, failure)) return BadInput(who + "is not a regular file");
  const fs::path real = fs::canonical(path, failure);
  std::error_code unknown;
  const fs::path beside_name = fs::canonical(FolderOf(model_file), unknown);
  const fs::path beside_target = fs::canonical(model_file, unknown).parent_path();
  if (failure || unknown || (!LiesIn(real, beside_name) && !LiesIn(real, beside_target))) {
    return BadInput(who + "is a link that leads out of the DNN's folder, to " + real.string());
  }
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return BadInput(who + "cannot be read: " + failure.message());
  if (size < least) {
    return BadInput(who + "has " + std::to_string(size) + " bytes; the DNN needs " + std::to_string(least));
  }
  return {};
}

Status CheckOrtFile(const std::string& path) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  std::string head(8, '\0');
  if (file.size() >= head.size()) AMSEL_RETURN_IF_ERROR(file.ReadAt(0, head.size(), head.data()));
  if (head.substr(4) != "ORTM") return BadInput(path + ": is no file in ONNX Runtime's own format, as its name says");
  return {};
}

}  // namespace

std::string DnnFiles::DataPath(const std::string& name) const {
  return (FolderOf(model) / name).string();
}

bool IsOrtFile(const std::string& model_file) {
  return model_file.ends_with(".ort");
}

Status CheckDataFileName(const std::string& name) {
  if (name.empty() || name.ends_with('/')) return BadInput("a data file must have a name");
  if (name.front() == '/') return BadInput("the name of a data file must not begin with `/`");
  const bool odd =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\\'; });
  if (odd || !IsUtf8(name)) {
    return BadInput("the name of a data file must be UTF-8, without control characters and `\\`");
  }
  if (name == kOnnxName || name == kOrtName || name == "card.json") {
    return BadInput("a data file must not have a name that other files of a candidate have");
  }
  for (const fs::path& part : fs::path(name)) {
    if (part == "..") return BadInput("the name of a data file must not lead out of the DNN's folder");
  }
  if (!IsPlainPath(name)) return BadInput("the name of a data file must be a plain path");
  return {};
}

std::vector<DataFile> LookAtDataFiles(const std::string& model_file, const OnnxFile& onnx) {
  std::map<std::string, DataFile> files;
  for (const auto& [location, needed] : onnx.data_files) {
    const std::string name = Tidy(location);
    DataFile& file = files[name];
    file.name = name;
    file.needed = std::max(file.needed, needed);
    Status fits = CheckDataFileName(name);
    if (name == fs::path(model_file).filename()) fits = BadInput("it is the DNN's file itself");
    if (!fits.ok()) {
      file.fault = model_file + ": data file " + Json(location).dump(-1, ' ', false, Json::error_handler_t::replace) +
                   ": " + fits.error().message;
    }
  }
  std::vector<DataFile> list;
  for (auto& [name, file] : files) {
    if (file.fault.empty()) {
      const Status there = CheckDataFile(model_file, name, file.needed);
      if (!there.ok()) file.fault = there.error().message;
    }
    list.push_back(std::move(file));
  }
  return list;
}

Result<DnnFiles> FindDnnFiles(const std::string& model_file) {
  DnnFiles files{model_file, {}};
  if (IsOrtFile(model_file)) {
    AMSEL_RETURN_IF_ERROR(CheckOrtFile(model_file));
    return files;
  }
  AMSEL_ASSIGN_OR_RETURN(const std::optional<OnnxFile> onnx, ReadIfOnnx(model_file));
  if (!onnx) return files;
  for (DataFile& file : LookAtDataFiles(model_file, *onnx)) {
    if (!file.fault.empty()) return BadInput(file.fault);
    files.data.push_back(std::move(file.name));
  }
  return files;
}

std::string DnnSha256(const std::string& model_sum, const std::vector<std::pair<std::string, std::string>>& data_sums) {
  if (data_sums.empty()) return model_sum;
  std::string text = model_sum + "\n";
  for (const auto& [name, sum] : data_sums) {
    text += sum;
    text += "  " + name + "\n";
  }
  return Sha256Hex(text);
}

Result<std::string> DnnSha256(const DnnFiles& files) {
  AMSEL_ASSIGN_OR_RETURN(const std::string model_sum, Sha256HexOfFile(files.model));
  std::vector<std::pair<std::string, std::string>> sums;
  for (const std::string& name : files.data) {
    AMSEL_ASSIGN_OR_RETURN(std::string sum, Sha256HexOfFile(files.DataPath(name)));
    sums.emplace_back(name, std::move(sum));
  }
  return DnnSha256(model_sum, sums);
}

std::int64_t DnnBytes(const DnnFiles& files) {
  std::int64_t bytes = 0;
  std::vector<std::string> paths{files.model};
  for (const std::string& name : files.data) paths.push_back(files.DataPath(name));
  for (const std::string& path : paths) {
    std::error_code failure;
    const std::uintmax_t size = fs::file_size(path, failure);
    if (!failure) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

Result<std::string> DnnSha256OfFile(const std::string& model_file) {
  AMSEL_ASSIGN_OR_RETURN(const DnnFiles files, FindDnnFiles(model_file));
  return DnnSha256(files);
}

}  // namespace amsel
