// The files that are one DNN: model.onnx, or model.ort, and the data files that its tensors name (the weights that
// PyTorch and others write beside it).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "amsel/result.h"
#include "card/onnx_file.h"

namespace amsel {

/// Names that a DNN has in zoos and bundles. Back ends go by the ending.
inline constexpr const char* kOnnxName = "model.onnx";
inline constexpr const char* kOrtName = "model.ort";

struct DnnFiles {
  std::string model;  ///< path of the ONNX or ORT file
  std::vector<std::string>
      data;  ///< paths relative to its folder, as CheckDataFileName wants them; in order, each once

  std::string DataPath(const std::string& name) const;
};

/// A data file that an ONNX file names.
struct DataFile {
  std::string name;          ///< tidy: "weights/part1.bin"
  std::uint64_t needed = 0;  ///< bytes that it has at least
  std::string fault;         ///< what is wrong with it, in words that name both files; empty: nothing
};

/// All of them, in order of names: looks whether each is there, long enough and where it may be.
std::vector<DataFile> LookAtDataFiles(const std::string& model_file, const OnnxFile& onnx);

/// Reads which data files an ONNX file names, and looks whether they are there and long enough. Each must lie in the
/// file's folder or below, links resolved (where the file itself is a link: or in the folder of what it leads to). Bad
/// input names the file. A file whose name ends in .ort has no data files; only its first bytes are looked at.
/// Nor has one that is no ONNX file: it is the back end's to know.
Result<DnnFiles> FindDnnFiles(const std::string& model_file);

/// Whether the file's name says that it is in ONNX Runtime's own format.
bool IsOrtFile(const std::string& model_file);

/// Whether `name` may be that of a data file in a bundle: a relative path of plain parts, UTF-8, that is none of the
/// names which candidates' folders have anyway. The error says what is wrong, and names no file.
Status CheckDataFileName(const std::string& name);

/// What tells DNNs from one another: without data files the SHA-256 of the file. With data files the SHA-256 of a text:
/// a line with the SHA-256 of the file, then for each data file, in order of names, a line of its SHA-256, two spaces
/// and its name. Reads the files in pieces.
Result<std::string> DnnSha256(const DnnFiles& files);

/// The same from sums that are known: of the file, and of each data file by name.
std::string DnnSha256(const std::string& model_sum, const std::vector<std::pair<std::string, std::string>>& data_sums);

/// Of all files that are there.
std::int64_t DnnBytes(const DnnFiles& files);

/// FindDnnFiles, then DnnSha256.
Result<std::string> DnnSha256OfFile(const std::string& model_file);

}  // namespace amsel
