#include "cli/inspect_dnn.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"

namespace amsel {
namespace {

constexpr std::size_t kLongestShown = 100;
constexpr std::size_t kMostShown = 12;  ///< operators, entries of metadata

/// One line of what a file says, fit for a terminal.
std::string Shown(std::string text) {
  if (text.size() > kLongestShown) text = text.substr(0, kLongestShown) + "...";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  }
  return IsUtf8(text) ? text : Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json ShapeToJson(const OnnxValue& value) {
  if (!value.has_shape) return {};
  Json shape = Json::array();
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    const std::string& name = value.free_names[i];
    shape.push_back(value.shape[i] >= 0 ? Json(value.shape[i]) : name.empty() ? Json() : Json(name));
  }
  return shape;
}

Json QuantizationToJson(const std::optional<OnnxQuantization>& quantization) {
  if (!quantization) return {};
  return {{"scale", quantization->scale},
          {"zero_point", quantization->zero_point},
          {"type", quantization->type == 0 ? Json() : Json(OnnxTypeName(quantization->type))}};
}

Json StepsToJson(const std::vector<OnnxStep>& steps) {
  Json list = Json::array();
  for (const OnnxStep& step : steps) {
    list.push_back({{"op", step.op},
                    {"axis", step.axis ? Json(*step.axis) : Json()},
                    {"constant", step.has_constant ? Json(step.constant) : Json()},
                    {"constant_first", step.constant_first},
                    {"quantization", QuantizationToJson(step.quantization)}});
  }
  return list;
}

Json ValueToJson(const OnnxValue& value) {
  return {{"name", value.name},
          {"type", value.is_tensor ? Json(OnnxTypeName(value.type)) : Json()},
          {"shape", ShapeToJson(value)}};
}

const char* KindName(OutputKind kind) {
  constexpr const char* kNames[] = {"logits", "probabilities", "sigmoid"};
  return kNames[static_cast<int>(kind)];
}

Json OnnxToJson(const OnnxFile& onnx) {
  Json json{{"ir_version", onnx.ir_version},
            {"producer", {{"name", onnx.producer_name}, {"version", onnx.producer_version}}},
            {"domain", onnx.domain},
            {"model_version", onnx.model_version},
            {"doc", onnx.doc},
            {"graph", onnx.graph_name},
            {"nodes", onnx.nodes},
            {"operators", onnx.ops},
            {"initializers", onnx.initializers},
            {"opsets", Json::array()},
            {"metadata", Json::array()},
            {"inputs", Json::array()},
            {"outputs", Json::array()}};
  for (const auto& [domain, version] : onnx.opsets)
    json["opsets"].push_back({{"domain", domain}, {"version", version}});
  for (const auto& [key, value] : onnx.metadata) json["metadata"].push_back({{"key", key}, {"value", value}});
  for (const OnnxInput& input : onnx.inputs) {
    json["inputs"].push_back(ValueToJson(input));
    json["inputs"].back().update({{"has_default", input.has_default}, {"first_nodes", StepsToJson(input.steps)}});
  }
  for (const OnnxOutput& output : onnx.outputs) {
    json["outputs"].push_back(ValueToJson(output));
    json["outputs"].back().update({{"last_nodes", StepsToJson(output.steps)},
                                   {"likely_kind", KindName(LikelyKind(output))},
                                   {"stored", QuantizationToJson(StoredAs(output))}});
  }
  return json;
}

Json DataFilesToJson(const std::vector<DataFile>& files, const DnnFiles& beside) {
  Json list = Json::array();
  for (const DataFile& file : files) {
    const std::int64_t bytes = file.fault.empty() ? DnnBytes({beside.DataPath(file.name), {}}) : 0;
    list.push_back({{"name", file.name},
                    {"bytes", file.fault.empty() ? Json(bytes) : Json()},
                    {"needed_bytes", file.needed},
                    {"fault", file.fault.empty() ? Json() : Json(file.fault)}});
  }
  return list;
}

/// What a back end says of a DNN, for formats that we do not read.
Json SessionToJson(const std::vector<TensorInfo>& tensors) {
  constexpr const char* kTypes[] = {"FLOAT", "UINT8", "INT8", "FLOAT16", "DOUBLE"};
  Json list = Json::array();
  for (const TensorInfo& tensor : tensors) {
    Json shape = Json::array();
    for (const std::int64_t size : tensor.shape) shape.push_back(size >= 0 ? Json(size) : Json());
    const auto type = static_cast<std::size_t>(tensor.type);
    list.push_back({{"name", tensor.name}, {"type", type < std::size(kTypes) ? Json(kTypes[type]) : Json()}});
    list.back()["shape"] = shape;
  }
  return list;
}

std::string ShapeText(const Json& shape) {
  if (shape.is_null()) return "of any shape";
  std::vector<std::string> sizes;
  for (const Json& size : shape) {
    sizes.push_back(size.is_null() ? "?" : size.is_string() ? Shown(size.get<std::string>()) : size.dump());
  }
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

std::string OperatorsIn(const Json& steps) {
  std::vector<std::string> ops;
  for (const Json& step : steps) ops.push_back(Shown(step["op"].get<std::string>()));
  return fmt::format("{}", fmt::join(ops, ", "));
}

std::string ValueText(const Json& value) {
  std::string text = fmt::format("{} {} {}", Shown(value["name"].get<std::string>()),
                                 value["type"].is_null() ? "no known tensor" : value["type"].get<std::string>(),
                                 ShapeText(value["shape"]));
  if (value.value("has_default", false)) text += ", has a default";
  if (value.contains("first_nodes") && !value["first_nodes"].empty()) {
    text += "; first nodes: " + OperatorsIn(value["first_nodes"]);
  }
  if (value.contains("last_nodes")) {
    if (!value["last_nodes"].empty()) text += "; last nodes, backwards: " + OperatorsIn(value["last_nodes"]);
    text += "; probably " + value["likely_kind"].get<std::string>();
    if (const Json& stored = value["stored"]; !stored.is_null()) {
      text += fmt::format(", real = {} * (stored - {})", stored["scale"].get<double>(),
                          stored["zero_point"].get<std::int64_t>());
    }
  }
  return text;
}

std::string OperatorCounts(const Json& json) {
  std::vector<std::pair<std::int64_t, std::string>> counts;
  for (const auto& [op, count] : json["operators"].items()) counts.emplace_back(-count.get<std::int64_t>(), Shown(op));
  std::sort(counts.begin(), counts.end());
  std::string text = json["nodes"].dump();
  for (std::size_t i = 0; i < counts.size() && i < kMostShown; ++i) {
    text += fmt::format("{} {} {}", i == 0 ? ":" : ",", -counts[i].first, counts[i].second);
  }
  return text + (counts.size() > kMostShown ? ", ..." : "");
}

std::string TextOf(const Json& json) {
  std::string text = fmt::format("{}: {}, {} bytes\n", json["file"].get<std::string>(),
                                 json["format"] == "ort" ? "a DNN in ONNX Runtime's own format" : "an ONNX file",
                                 json["bytes"].get<std::int64_t>());
  const auto line = [&](const std::string& name, const std::string& value) {
    text += fmt::format("  {:<10} {}\n", name, value);
  };
  for (const Json& value : json["inputs"]) line("input", ValueText(value));
  for (const Json& value : json["outputs"]) line("output", ValueText(value));
  if (json["format"] == "onnx") {
    line("producer",
         Shown(json["producer"]["name"].get<std::string>() + " " + json["producer"]["version"].get<std::string>()));
    for (const Json& opset : json["opsets"]) {
      line("opset", Shown(opset["domain"].get<std::string>() + (opset["domain"].get<std::string>().empty() ? "" : " ") +
                          opset["version"].dump()));
    }
    line("IR", json["ir_version"].dump());
    line("nodes", OperatorCounts(json));
    if (!json["doc"].get<std::string>().empty()) line("doc", Shown(json["doc"].get<std::string>()));
    const Json& metadata = json["metadata"];
    for (std::size_t i = 0; i < metadata.size() && i < kMostShown; ++i) {
      line("metadata", Shown(metadata[i]["key"].get<std::string>() + " = " + metadata[i]["value"].get<std::string>()));
    }
    if (metadata.size() > kMostShown) line("metadata", fmt::format("... and {} more", metadata.size() - kMostShown));
  }
  for (const Json& file : json["data_files"]) {
    line("data file", file["bytes"].is_null()
                          ? file["name"].get<std::string>() + ", NOT usable"
                          : file["name"].get<std::string>() + ", " + file["bytes"].dump() + " bytes");
  }
  if (!json["sha256"].is_null()) line("SHA-256", json["sha256"].get<std::string>());
  return text;
}

}  // namespace

Result<DnnDescription> DescribeDnn(const std::string& file, const BackendChoice& choice, bool load) {
  DnnDescription description;
  Json json{{"schema", "amsel.dnn/1"}, {"file", file}, {"format", IsOrtFile(file) ? "ort" : "onnx"}};
  DnnFiles files{file, {}};
  std::vector<DataFile> data_files;
  if (IsOrtFile(file)) {
    AMSEL_RETURN_IF_ERROR(FindDnnFiles(file));
  } else {
    AMSEL_ASSIGN_OR_RETURN(const OnnxFile onnx, ReadOnnxFile(file));
    json.update(OnnxToJson(onnx));
    data_files = LookAtDataFiles(file, onnx);
  }
  for (const DataFile& data : data_files) {
    files.data.push_back(data.name);
    if (!data.fault.empty()) description.faults.push_back(data.fault);
  }
  json["data_files"] = DataFilesToJson(data_files, files);
  json["bytes"] = DnnBytes(files);
  json["sha256"] = Json();
  if (description.faults.empty()) {
    AMSEL_ASSIGN_OR_RETURN(json["sha256"], DnnSha256(files));
  }
  if ((load || IsOrtFile(file)) && description.faults.empty()) {
    Backends backends(choice.onnxruntime);
    AMSEL_ASSIGN_OR_RETURN(const Placement at, Place(choice, file, backends));
    AMSEL_ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, at.backend->Open(file, at.options));
    json["loaded_by"] = IdentityText(IdentityOf(*at.backend, at.options));
    if (IsOrtFile(file)) {
      json["inputs"] = SessionToJson(session->info().inputs);
      json["outputs"] = SessionToJson(session->info().outputs);
    }
  }
  description.json = PrettyText(json);
  description.text = TextOf(json);
  if (json.contains("loaded_by")) description.text += "  loads with  " + json["loaded_by"].get<std::string>() + "\n";
  return description;
}

}  // namespace amsel
