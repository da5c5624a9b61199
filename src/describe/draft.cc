#include "describe/draft.h"

#include <algorithm>

#include "backend/tensor_values.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"

namespace amsel {
namespace {

bool IsChannelCount(std::int64_t size) {
  return size == 1 || size == 3;
}

bool IsPicture(const TensorInfo& tensor) {
  return tensor.shape.size() == 4 && (IsChannelCount(tensor.shape[1]) || IsChannelCount(tensor.shape[3]));
}

Result<const TensorInfo*> PictureOf(const SessionInfo& info, const std::string& file) {
  const TensorInfo* picture = nullptr;
  std::string all;
  for (const TensorInfo& input : info.inputs) {
    all += (all.empty() ? "`" : ", `") + input.name + "` " + TypeText(input) + " " + ShapeText(input.shape);
    if (!IsPicture(input)) continue;
    if (picture != nullptr) return BadInput(file + ": takes several pictures (" + all + "); a candidate takes one");
    picture = &input;
  }
  if (picture != nullptr) return picture;
  return BadInput(file + ": has no input that is a picture of 1 or 3 channels, [N, C, H, W] or [N, H, W, C]; it has " +
                  (all.empty() ? "none" : all));
}

Status DescribeInput(const TensorInfo& picture, const std::string& file, DraftCard& draft) {
  Preprocess& p = draft.card.preprocess;
  draft.card.input_name = picture.name;
  const auto& shape = picture.shape;
  const bool planar = IsChannelCount(shape[1]);
  p.layout = planar ? TensorLayout::kNchw : TensorLayout::kNhwc;
  p.channels = shape[planar ? 1 : 3] == 1 ? ChannelOrder::kGray : ChannelOrder::kRgb;
  const std::int64_t height = shape[planar ? 2 : 1];
  const std::int64_t width = shape[planar ? 3 : 2];
  draft.free_size = height < 0 && width < 0;
  if ((height < 0) != (width < 0)) {
    return BadInput(
        file + ": input `" + picture.name + "` has shape " + ShapeText(shape) +
        ", free in one side alone; give the file fixed sizes (onnxruntime.tools.make_dynamic_shape_fixed does)");
  }
  p.height = std::max(0, static_cast<int>(height));
  p.width = std::max(0, static_cast<int>(width));
  p.type = picture.type;
  if (p.type == ElementType::kInt8) p.zero_point = -128;
  if (ElementBytes(p.type) > 0 && p.type != ElementType::kFloat64) return {};
  return BadInput(file + ": input `" + picture.name + "` is " + TypeText(picture) +
                  "; a candidate takes float32, float16, uint8 or int8");
}

Result<const TensorInfo*> AnswerOf(const SessionInfo& info, const std::string& file, const std::string& name,
                                   int classes) {
  std::string all;
  std::vector<const TensorInfo*> fitting;
  for (const TensorInfo& output : info.outputs) {
    if (!name.empty() && output.name == name) return &output;
    all += (all.empty() ? "`" : ", `") + output.name + "` " + ShapeText(output.shape);
    const auto values = DeclaredValues(output);
    const bool counts = classes > 0 && values && (*values == classes || *values == classes + 1);
    if (output.type != ElementType::kOther && (counts || output.name == "logits")) fitting.push_back(&output);
  }
  if (!name.empty()) return BadInput(file + ": has no output `" + name + "`; it has " + all);
  if (info.outputs.size() == 1) return &info.outputs.front();
  if (fitting.size() == 1) return fitting.front();
  return BadInput(file + ": has several outputs (" + all + "); name the one that answers with --output");
}

}  // namespace

Result<DraftCard> DraftFrom(const SessionInfo& info, const std::string& file, const std::string& output, int classes) {
  DraftCard draft;
  AMSEL_ASSIGN_OR_RETURN(const TensorInfo* picture, PictureOf(info, file));
  AMSEL_RETURN_IF_ERROR(DescribeInput(*picture, file, draft));
  AMSEL_ASSIGN_OR_RETURN(const TensorInfo* answer, AnswerOf(info, file, output, classes));
  Card& card = draft.card;
  card.output_name = answer->name;
  draft.values = static_cast<int>(std::min<std::int64_t>(DeclaredValues(*answer).value_or(0), INT32_MAX));
  const bool quantized = ElementBytes(answer->type) == 1;
  if (IsOrtFile(file)) {
    if (!quantized) return draft;
    return BadInput(file + ": output `" + answer->name + "` is " + TypeText(*answer) +
                    ", and what its numbers stand for cannot be read from a .ort file; give the .onnx file");
  }
  AMSEL_ASSIGN_OR_RETURN(const OnnxFile onnx, ReadOnnxFile(file));
  draft.metadata = onnx.metadata;
  const auto it = std::find_if(onnx.outputs.begin(), onnx.outputs.end(),
                               [&](const OnnxOutput& one) { return one.name == answer->name; });
  if (it == onnx.outputs.end()) return draft;
  card.output_kind = LikelyKind(*it);
  if (!quantized) return draft;
  const std::optional<OnnxQuantization> stored = StoredAs(*it);
  if (!stored) {
    return BadInput(file + ": output `" + answer->name + "` is " + TypeText(*answer) +
                    ", and the file does not say what its numbers stand for (no QuantizeLinear makes it)");
  }
  card.output_type = answer->type;
  card.output_scale = stored->scale;
  card.output_zero_point = static_cast<int>(stored->zero_point);
  return draft;
}

}  // namespace amsel
