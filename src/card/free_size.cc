// Protocol Buffers are rewritten field by field: what is not changed is copied as it stands. Fields are numbered as in
// onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
#include "card/free_size.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/status_macros.h"
#include "card/onnx_file.h"
#include "card/onnx_graph.h"
#include "card/proto_reader.h"
#include "card/proto_writer.h"

namespace amsel {
namespace {

/// A message in the making: stretches of the file, and what takes the place of others. Weights are copied once, at the
/// end.
class Pieces {
 public:
  explicit Pieces(std::string_view file) : file_(file) {}

  void Keep(const ProtoMessage& field) {
    if (!pieces_.empty() && pieces_.back().end == field.offset() && pieces_.back().text.empty()) {
      pieces_.back().end = field.end();
    } else {
      pieces_.push_back({field.offset(), field.end(), {}});
    }
    size_ += field.end() - field.offset();
  }

  void Put(int number, const Pieces& message) {
    Put(ProtoWriter().Head(number, message.size_).bytes());
    pieces_.insert(pieces_.end(), message.pieces_.begin(), message.pieces_.end());
    size_ += message.size_;
  }

  void Put(int number, std::string_view text) { Put(ProtoWriter().Bytes(number, text).bytes()); }

  std::string Text() const {
    std::string text;
    text.reserve(size_);
    for (const Piece& piece : pieces_) {
      if (piece.text.empty()) {
        text.append(file_, piece.begin, piece.end - piece.begin);
      } else {
        text.append(piece.text);
      }
    }
    return text;
  }

 private:
  struct Piece {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::string text;  ///< in the place of the stretch, where not empty
  };

  void Put(std::string text) {
    size_ += text.size();
    pieces_.push_back({0, 0, std::move(text)});
  }

  std::string_view file_;
  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

ProtoWriter NodeOf(std::string_view op, const std::vector<std::string>& inputs, const std::string& output) {
  ProtoWriter node;
  for (const std::string& input : inputs) node.Bytes(1, input);
  return std::move(node.Bytes(2, output).Bytes(4, op));
}

/// `type` and the field that the value stands in: onnx.proto's AttributeProto.
ProtoWriter NumberAttribute(std::string_view name, std::uint64_t value) {
  constexpr int kInt = 2;
  return std::move(ProtoWriter().Bytes(1, name).Number(3, value).Number(20, kInt));
}
ProtoWriter MessageAttribute(std::string_view name, int field, int type, std::string_view bytes) {
  return std::move(ProtoWriter().Bytes(1, name).Bytes(field, bytes).Number(20, static_cast<std::uint64_t>(type)));
}

/// Constant → `output`: whole numbers.
ProtoWriter WholesNode(const std::vector<std::int64_t>& values, const std::string& output) {
  constexpr int kInt64 = 7;
  ProtoWriter tensor;
  tensor.Number(1, values.size()).Number(2, kInt64);
  for (const std::int64_t value : values) tensor.Number(7, static_cast<std::uint64_t>(value));
  ProtoWriter node = NodeOf("Constant", {}, output);
  node.Bytes(5, MessageAttribute("value", 5, 4, tensor.bytes()).bytes());
  return node;
}

/// A graph of one node without inputs of its own, which gives `output`.
std::string BranchOf(std::string_view name, std::string_view node, const std::string& output) {
  return ProtoWriter().Bytes(1, node).Bytes(2, name).Bytes(12, ProtoWriter().Bytes(1, output).bytes()).bytes();
}

/// Which input is the image, and which of its dimensions are free from now on.
struct ImageInput {
  std::string name;
  std::size_t height_at = 0;  ///< the width follows
};

Result<ImageInput> FindImageInput(const OnnxFile& file, const std::string& name) {
  const auto is_image = [](const OnnxInput& input) { return !input.has_default && input.shape.size() == 4; };
  const auto found = std::find_if(file.inputs.begin(), file.inputs.end(), is_image);
  if (std::count_if(file.inputs.begin(), file.inputs.end(), is_image) != 1) {
    return BadInput(name + ": has no input of four dimensions, or more than one: its image cannot have another size");
  }
  const std::vector<std::int64_t>& shape = found->shape;
  if (shape[2] == shape[3]) return ImageInput{found->name, 2};
  if (shape[1] == shape[2]) return ImageInput{found->name, 1};
  return BadInput(name + ": input `" + found->name + "` is not square: its image cannot have another size");
}

class Rewriter {
 public:
  Rewriter(std::string_view file, ImageInput image) : file_(file), image_(std::move(image)) {}

  Pieces Model(ProtoMessage model) const {
    Pieces out(file_);
    while (model.Next()) {
      if (model.number() == 7 && model.is_bytes()) {
        out.Put(7, Graph(model.Message()));
      } else {
        out.Keep(model);
      }
    }
    return out;
  }

 private:
  Pieces Graph(ProtoMessage graph) const {
    constexpr int kNode = 1;
    constexpr int kInput = 11;
    constexpr int kValueInfo = 13;
    Pieces out(file_);
    while (graph.Next()) {
      const int field = graph.is_bytes() ? graph.number() : 0;
      if (field == kValueInfo) continue;
      if (field == kInput && NameIn(graph.Message(), 1) == image_.name) {
        out.Put(kInput, Input(graph.Message()));
      } else if (field == kNode && CoversMap(graph.Message())) {
        for (const std::string& node : PoolOfAnySize(graph.Message())) out.Put(kNode, node);
      } else {
        out.Keep(graph);
      }
    }
    return out;
  }

  static std::string NameIn(ProtoMessage message, int number) {
    std::string name;
    while (message.Next()) {
      if (message.number() == number && message.is_bytes()) name = message.Text(kMostName);
    }
    return name;
  }

  /// ValueInfoProto.type.tensor_type.shape.dim: messages in one another, each the only one of its number that matters.
  Pieces Input(ProtoMessage value) const { return Inside(value, {2, 1, 2}); }

  Pieces Inside(ProtoMessage message, std::vector<int> path) const {
    Pieces out(file_);
    if (path.empty()) return Shape(message);
    const int next = path.front();
    path.erase(path.begin());
    while (message.Next()) {
      if (message.number() == next && message.is_bytes()) {
        out.Put(next, Inside(message.Message(), path));
      } else {
        out.Keep(message);
      }
    }
    return out;
  }

  Pieces Shape(ProtoMessage shape) const {
    Pieces out(file_);
    for (std::size_t at = 0; shape.Next();) {
      const bool is_size = shape.number() == 1 && shape.is_bytes();
      const std::size_t here = is_size ? at++ : 0;
      if (is_size && (here == image_.height_at || here == image_.height_at + 1)) {
        Pieces size(file_);
        size.Put(2, here == image_.height_at ? "amsel_height" : "amsel_width");
        out.Put(1, size);
      } else {
        out.Keep(shape);
      }
    }
    return out;
  }

  static bool CoversMap(ProtoMessage node) { return NameIn(node, 4) == "AveragePool" && LooksGlobal(PoolOf(node)); }

  static OnnxNode PoolOf(ProtoMessage node) {
    OnnxNode pool;
    pool.op = "AveragePool";
    while (node.Next()) {
      if (node.number() == 5 && node.is_bytes()) ReadExtents(node.Message(), pool);
    }
    return pool;
  }

  /// Where the map is as large as the kernel the pool as it stands, to the bit; else one over all of it:
  /// If(all of Equal(height and width of Shape(map), kernel)).
  std::vector<std::string> PoolOfAnySize(ProtoMessage node) const {
    constexpr int kInt32 = 6;
    constexpr int kBool = 9;
    const std::vector<std::int64_t> kernel = PoolOf(node).extents.at("kernel_shape");
    const std::string map = NameIn(node, 1);
    const std::string whole = NameIn(node, 2);
    const std::string own = whole + "_amsel_own";
    const std::string any = whole + "_amsel_any";
    const auto part = [&](const char* what) { return whole + "_amsel_" + what; };
    ProtoWriter choice = NodeOf("If", {part("is_own")}, whole);
    choice.Bytes(5, MessageAttribute("then_branch", 6, 5, BranchOf("own", Renamed(node, own), own)).bytes());
    const std::string global = NodeOf("GlobalAveragePool", {map}, any).bytes();
    choice.Bytes(5, MessageAttribute("else_branch", 6, 5, BranchOf("any", global, any)).bytes());
    const auto with = [](ProtoWriter made, const ProtoWriter& attribute) {
      return made.Bytes(5, attribute.bytes()).bytes();
    };
    return {WholesNode({2, 3}, part("sides")).bytes(),
            WholesNode(kernel, part("kernel")).bytes(),
            NodeOf("Shape", {map}, part("shape")).bytes(),
            NodeOf("Gather", {part("shape"), part("sides")}, part("size")).bytes(),
            NodeOf("Equal", {part("size"), part("kernel")}, part("equal")).bytes(),
            with(NodeOf("Cast", {part("equal")}, part("equal_number")), NumberAttribute("to", kInt32)),
            with(NodeOf("ReduceMin", {part("equal_number")}, part("all_equal")), NumberAttribute("keepdims", 0)),
            with(NodeOf("Cast", {part("all_equal")}, part("is_own")), NumberAttribute("to", kBool)),
            choice.bytes()};
  }

  /// The node with another name for what it gives.
  std::string Renamed(ProtoMessage node, const std::string& output) const {
    Pieces out(file_);
    while (node.Next()) {
      if (node.number() == 2) {
        out.Put(2, output);
      } else {
        out.Keep(node);
      }
    }
    return out.Text();
  }

  std::string_view file_;
  ImageInput image_;
};

}  // namespace

Result<std::string> FreeOfSize(std::string_view bytes, const std::string& name) {
  AMSEL_ASSIGN_OR_RETURN(const OnnxFile file, ParseOnnx(bytes, name));
  AMSEL_ASSIGN_OR_RETURN(const ImageInput image, FindImageInput(file, name));
  ProtoSource source(name, bytes);
  const Pieces model = Rewriter(bytes, image).Model(ProtoMessage(source));
  AMSEL_RETURN_IF_ERROR(source.status());
  return model.Text();
}

}  // namespace amsel
