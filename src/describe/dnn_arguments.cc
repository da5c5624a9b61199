#include "describe/dnn_arguments.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "base/named_value.h"
#include "base/status_macros.h"
#include "describe/write_zoo.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;

/// As a folder may be called.
std::string Plain(std::string name) {
  for (char& c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  if (name.empty() || name.front() == '.') name.insert(0, "dnn");
  return name;
}

/// Of one folder the files' own names tell DNNs apart.
Result<std::vector<NamedDnn>> DnnsIn(const std::string& folder) {
  std::error_code error;
  std::set<fs::path> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const fs::path& file = at->path();
    const bool dnn = file.extension() == ".onnx" || file.extension() == ".ort";
    std::error_code unknown;
    if (dnn && file.filename().string().front() != '.' && fs::is_regular_file(file, unknown)) files.insert(file);
  }
  if (error) return BadInput(folder + ": " + error.message());
  if (files.empty()) return BadInput(folder + ": holds no .onnx or .ort file");
  std::vector<NamedDnn> dnns;
  for (const fs::path& file : files) dnns.push_back({Plain(file.stem().string()), file.string()});
  if (dnns.size() == 1) dnns.front().name = NameFrom(dnns.front().file);
  return dnns;
}

}  // namespace

Result<std::vector<NamedDnn>> NamedDnns(const std::vector<std::string>& arguments) {
  std::vector<NamedDnn> all;
  for (const std::string& argument : arguments) {
    std::error_code unknown;
    if (fs::is_directory(argument, unknown)) {
      AMSEL_ASSIGN_OR_RETURN(const std::vector<NamedDnn> inside, DnnsIn(argument));
      all.insert(all.end(), inside.begin(), inside.end());
      continue;
    }
    const auto [name, file] = ParseNamedValue(argument);
    all.push_back({name.value_or(""), file});
    if (all.back().name.empty()) all.back().name = NameFrom(file);
  }
  std::map<std::string, std::string> files;
  for (const NamedDnn& dnn : all) {
    if (!IsFolderName(dnn.name)) {
      return UsageError("`" + dnn.name +
                        "` cannot be the name of a candidate's folder: letters, digits, - _ and . can");
    }
    const auto [other, fresh] = files.emplace(dnn.name, dnn.file);
    if (!fresh) {
      return UsageError(dnn.file + " and " + other->second + " would both be called " + dnn.name +
                        "; name one with NAME=FILE");
    }
  }
  return all;
}

std::string NameFrom(const std::string& file) {
  const auto says_nothing = [](const std::string& name) {
    for (const char* common : {"model", "onnx", "network", "net", "saved_model", "weights", "export"}) {
      if (name == common || name.starts_with(std::string(common) + "_")) return true;
    }
    return name.empty() || std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  std::error_code failure;
  fs::path path = fs::absolute(file, failure).lexically_normal();
  std::string name = path.stem().string();
  for (path = path.parent_path(); says_nothing(name) && path.has_relative_path(); path = path.parent_path()) {
    name = path.filename().string();
  }
  if (says_nothing(name)) name = fs::path(file).stem().string();
  return Plain(std::move(name));
}

}  // namespace amsel
