// Fields are numbered as in onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). A field of one message
// that comes twice is merged, as Protocol Buffers want it: files made by appending to others have two graphs.
#include "card/onnx_file.h"

#include "base/status_macros.h"
#include "card/onnx_graph.h"
#include "card/onnx_tensor.h"
#include "card/proto_reader.h"

namespace amsel {
namespace {

constexpr std::uint64_t kMostLongText = std::uint64_t{1} << 22;
constexpr int kMostNesting = 32;              ///< graphs in graphs; Protocol Buffers allow about as many
constexpr std::int64_t kMostItems = 1 << 20;  ///< nodes, operands, values and dimensions that are kept
constexpr std::size_t kMostDataFiles = 10'000;

class Parser {
 public:
  explicit Parser(ProtoSource& source) : source_(source) {}

  Result<OnnxFile> Parse();

 private:
  std::string Name(const ProtoMessage& field) { return field.Text(kMostName); }
  std::string LongText(const ProtoMessage& field) {
    return field.length() > kMostLongText ? std::string() : field.Text(kMostLongText);
  }
  /// False, and a fault, where more would be kept than a file may make us keep.
  bool Keep(const ProtoMessage& field) {
    if (++items_ > kMostItems) source_.Refuse(field.offset(), "it has too many nodes or values");
    return source_.ok();
  }

  void Model(ProtoMessage model);
  void Opset(ProtoMessage opset);
  void Metadata(ProtoMessage entry);
  void Function(ProtoMessage function);
  void Training(ProtoMessage training);
  void Graph(ProtoMessage graph, int depth);
  void OuterField(const ProtoMessage& field);
  OnnxNode Node(ProtoMessage message, int depth);
  void Attribute(ProtoMessage attribute, int depth, OnnxNode& node);
  OnnxTensor Tensor(const ProtoMessage& field);
  OnnxTensor SparseTensor(ProtoMessage tensor);
  void Value(ProtoMessage value, OnnxValue& out);
  void Type(ProtoMessage type, OnnxValue& out);
  void Shape(ProtoMessage shape, OnnxValue& out);

  ProtoSource& source_;
  OnnxFile file_;
  OnnxGraph graph_;
  bool has_graph_ = false;
  std::int64_t items_ = 0;
};

OnnxTensor Parser::Tensor(const ProtoMessage& field) {
  OnnxTensor tensor = ReadOnnxTensor(field.Message());
  if (!tensor.data_file.empty()) {
    std::uint64_t& least = file_.data_files[tensor.data_file];
    least = std::max(least, tensor.data_end);
    if (file_.data_files.size() > kMostDataFiles) source_.Refuse(field.offset(), "it names too many data files");
  }
  return tensor;
}

OnnxTensor Parser::SparseTensor(ProtoMessage tensor) {
  OnnxTensor values;
  while (tensor.Next()) {
    if (!tensor.is_bytes()) continue;
    if (tensor.number() == 1) values = Tensor(tensor);
    if (tensor.number() == 2) (void)Tensor(tensor);
  }
  values.constant.values.clear();
  return values;
}

void Parser::Shape(ProtoMessage shape, OnnxValue& out) {
  while (shape.Next()) {
    if (shape.number() != 1 || !shape.is_bytes() || !Keep(shape)) continue;
    out.shape.push_back(-1);
    out.free_names.emplace_back();
    for (ProtoMessage size = shape.Message(); size.Next();) {
      if (size.number() == 1 && size.is_number()) {
        out.shape.back() = std::max<std::int64_t>(-1, size.integer());
        out.free_names.back().clear();
      } else if (size.number() == 2 && size.is_bytes()) {
        out.shape.back() = -1;
        out.free_names.back() = Name(size);
      }
    }
  }
}

void Parser::Type(ProtoMessage type, OnnxValue& out) {
  while (type.Next()) {
    if (type.number() != 1 || !type.is_bytes()) continue;
    out.is_tensor = true;
    for (ProtoMessage tensor = type.Message(); tensor.Next();) {
      if (tensor.number() == 1 && tensor.is_number()) out.type = static_cast<int>(tensor.integer());
      if (tensor.number() != 2 || !tensor.is_bytes()) continue;
      out.has_shape = true;
      Shape(tensor.Message(), out);
    }
  }
}

void Parser::Value(ProtoMessage value, OnnxValue& out) {
  while (value.Next()) {
    if (!value.is_bytes()) continue;
    if (value.number() == 1) out.name = Name(value);
    if (value.number() == 2) Type(value.Message(), out);
  }
}

void Parser::Attribute(ProtoMessage attribute, int depth, OnnxNode& node) {
  std::string name;
  std::optional<std::int64_t> number;
  std::optional<OnnxConstant> value;
  ReadExtents(attribute, node);
  while (attribute.Next()) {
    const int field = attribute.number();
    if (field == 3 && attribute.is_number()) number = attribute.integer();
    if (field == 2 && attribute.is_fixed32()) value = OnnxConstant{1, {OnnxNumber(1, attribute.bits())}};
    if (!attribute.is_bytes()) continue;
    if (field == 1) name = Name(attribute);
    if (field == 5 || field == 10) value = Tensor(attribute).constant;
    if (field == 22 || field == 23) (void)SparseTensor(attribute.Message());
    if (field == 6 || field == 11) Graph(attribute.Message(), depth + 1);
  }
  if (name == "axis") node.axis = number;
  if (name == "value" || name == "value_float") node.value = std::move(value);
  if (name == "value_int" && number) node.value = OnnxConstant{7, {static_cast<double>(*number)}};
}

OnnxNode Parser::Node(ProtoMessage message, int depth) {
  OnnxNode node;
  std::string domain;
  std::string op;
  while (message.Next()) {
    if (!message.is_bytes()) continue;
    const int field = message.number();
    if ((field == 1 || field == 2) && Keep(message)) (field == 1 ? node.inputs : node.outputs).push_back(Name(message));
    if (field == 4) op = Name(message);
    if (field == 5) Attribute(message.Message(), depth, node);
    if (field == 7) domain = Name(message);
  }
  node.op = domain.empty() || domain == "ai.onnx" ? op : domain + "::" + op;
  if (node.op != "Constant") node.value.reset();
  ++file_.nodes;
  ++file_.ops[node.op];
  return node;
}

void Parser::OuterField(const ProtoMessage& field) {
  if (!field.is_bytes()) return;
  if (field.number() == 2) file_.graph_name = Name(field);
  if (field.number() == 11 && Keep(field)) Value(field.Message(), file_.inputs.emplace_back());
  if (field.number() == 12 && Keep(field)) Value(field.Message(), file_.outputs.emplace_back());
}

void Parser::Graph(ProtoMessage graph, int depth) {
  if (depth > kMostNesting) source_.Refuse(graph.begin(), "graphs lie too deep in one another");
  while (graph.Next()) {
    if (depth == 0) OuterField(graph);
    if (!graph.is_bytes()) continue;
    if (graph.number() == 1 && Keep(graph)) {
      OnnxNode node = Node(graph.Message(), depth);
      if (depth == 0) graph_.nodes.push_back(std::move(node));
    }
    if (graph.number() != 5 && graph.number() != 15) continue;
    OnnxTensor tensor = graph.number() == 5 ? Tensor(graph) : SparseTensor(graph.Message());
    if (depth > 0 || !Keep(graph)) continue;
    ++file_.initializers;
    graph_.initializers[tensor.name] = std::move(tensor.constant);
  }
}

void Parser::Function(ProtoMessage function) {
  while (function.Next()) {
    if (!function.is_bytes()) continue;
    OnnxNode default_of;
    if (function.number() == 7 && Keep(function)) (void)Node(function.Message(), 0);
    if (function.number() == 11) Attribute(function.Message(), 0, default_of);
  }
}

void Parser::Training(ProtoMessage training) {
  while (training.Next()) {
    if ((training.number() == 1 || training.number() == 2) && training.is_bytes()) Graph(training.Message(), 1);
  }
}

void Parser::Opset(ProtoMessage opset) {
  auto& [domain, version] = file_.opsets.emplace_back();
  while (opset.Next()) {
    if (opset.number() == 1 && opset.is_bytes()) domain = Name(opset);
    if (opset.number() == 2 && opset.is_number()) version = opset.integer();
  }
}

void Parser::Metadata(ProtoMessage entry) {
  auto& [key, value] = file_.metadata.emplace_back();
  while (entry.Next()) {
    if (entry.number() == 1 && entry.is_bytes()) key = Name(entry);
    if (entry.number() == 2 && entry.is_bytes()) value = LongText(entry);
  }
}

void Parser::Model(ProtoMessage model) {
  while (model.Next()) {
    const int field = model.number();
    if (field == 1 && model.is_number()) file_.ir_version = model.integer();
    if (field == 5 && model.is_number()) file_.model_version = model.integer();
    if (!model.is_bytes()) continue;
    if (field == 2) file_.producer_name = Name(model);
    if (field == 3) file_.producer_version = Name(model);
    if (field == 4) file_.domain = Name(model);
    if (field == 6) file_.doc = LongText(model);
    if (field == 8 && Keep(model)) Opset(model.Message());
    if (field == 14 && Keep(model)) Metadata(model.Message());
    if (field == 20) Training(model.Message());
    if (field == 25) Function(model.Message());
    if (field != 7) continue;
    has_graph_ = true;
    Graph(model.Message(), 0);
  }
}

Result<OnnxFile> Parser::Parse() {
  Model(ProtoMessage(source_));
  if (!has_graph_) source_.Fault(source_.size(), "it ends without a graph");
  AMSEL_RETURN_IF_ERROR(source_.status());
  graph_.Trace(file_);
  return std::move(file_);
}

}  // namespace

namespace {

/// `foreign`: whether the error says that it is no ONNX file at all.
Result<OnnxFile> Read(const std::string& path, bool& foreign) {
  AMSEL_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  char head[24] = {};
  AMSEL_RETURN_IF_ERROR(
      file.ReadAt(0, static_cast<std::size_t>(std::min<std::uint64_t>(sizeof(head), file.size())), head));
  const std::string_view start(head, sizeof(head));
  if (start.substr(4, 4) == "ORTM")
    return BadInput(path + ": is in ONNX Runtime's own format; its name must end in .ort");
  if (start == "version https://git-lfs.") {
    return BadInput(path + ": is a Git LFS pointer in the place of the file; fetch that with git lfs pull");
  }
  ProtoSource source(std::move(file));
  Result<OnnxFile> onnx = Parser(source).Parse();
  foreign = source.foreign();
  return onnx;
}

}  // namespace

Result<OnnxFile> ReadOnnxFile(const std::string& path) {
  bool foreign = false;
  return Read(path, foreign);
}

Result<std::optional<OnnxFile>> ReadIfOnnx(const std::string& path) {
  bool foreign = false;
  Result<OnnxFile> onnx = Read(path, foreign);
  if (onnx.ok()) return std::optional(*std::move(onnx));
  return foreign ? Result<std::optional<OnnxFile>>(std::optional<OnnxFile>()) : onnx.error();
}

Result<OnnxFile> ParseOnnx(std::string_view bytes, const std::string& name) {
  ProtoSource source(name, bytes);
  return Parser(source).Parse();
}

}  // namespace amsel
