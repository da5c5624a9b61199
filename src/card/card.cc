#include "card/card.h"

#include <algorithm>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kMaxSide = 16384;
constexpr double kLeastCrop = 0.01;

const std::vector<std::string> kLayouts{"NCHW", "NHWC"};
const std::vector<std::string> kChannels{"RGB", "BGR", "GRAY"};
const std::vector<std::string> kTypes{"float32", "uint8", "int8"};
const std::vector<std::string> kInterpolations{"nearest", "bilinear", "bicubic", "area"};
const std::vector<std::string> kOutputs{"logits", "probabilities"};

/// Position of the field's value among `choices`, as an enumerator. 0 after a fault, which the reader keeps.
template <typename Enum>
Enum ReadEnum(JsonReader& reader, const std::string& key, const std::vector<std::string>& choices) {
  const std::string value = reader.Choice(key, choices);
  const auto it = std::find(choices.begin(), choices.end(), value);
  return it == choices.end() ? Enum{} : static_cast<Enum>(it - choices.begin());
}

void ReadInput(JsonReader input, bool partial, Card& card) {
  Preprocess& p = card.preprocess;
  card.input_name = partial ? input.StringOr("name", "") : input.String("name");
  p.layout = ReadEnum<TensorLayout>(input, "layout", kLayouts);
  if (!partial || input.Has("height")) p.height = static_cast<int>(input.Integer("height", 1, kMaxSide));
  if (!partial || input.Has("width")) p.width = static_cast<int>(input.Integer("width", 1, kMaxSide));
  p.channels = ReadEnum<ChannelOrder>(input, "channels", kChannels);
  p.type = ReadEnum<ElementType>(input, "dtype", kTypes);
  if (p.type == ElementType::kFloat32) return;
  p.scale = input.Number("scale");
  if (!(p.scale > 0)) input.Fault("scale", "a number above 0");
  const bool is_signed = p.type == ElementType::kInt8;
  p.zero_point = static_cast<int>(input.Integer("zero_point", is_signed ? -128 : 0, is_signed ? 127 : 255));
}

void ReadNormalization(JsonReader& reader, const std::string& key, bool positive, Preprocess& p,
                       std::array<double, 3>& out) {
  const std::vector<double> values = reader.Numbers(key);
  if (!reader.status().ok()) return;
  const auto wanted = static_cast<std::size_t>(p.channel_count());
  const bool good = values.size() == wanted &&
                    (!positive || std::all_of(values.begin(), values.end(), [](double v) { return v > 0; }));
  if (!good) reader.Fault(key, "a list of " + std::to_string(wanted) + (positive ? " numbers above 0" : " numbers"));
  if (good) std::copy(values.begin(), values.end(), out.begin());
}

void ReadPreprocess(JsonReader reader, Preprocess& p) {
  p.center_crop_fraction = reader.Number("center_crop_fraction", kLeastCrop, 1);
  p.interpolation = ReadEnum<Interpolation>(reader, "interpolation", kInterpolations);
  ReadNormalization(reader, "mean", false, p, p.mean);
  ReadNormalization(reader, "std", true, p, p.std);
}

void ReadOutput(JsonReader output, CardUse use, Card& card) {
  card.output_name = use == CardUse::kCandidate ? output.String("name") : output.StringOr("name", "");
  if (use != CardUse::kPremodel || output.Has("kind")) {
    card.output_kind = ReadEnum<OutputKind>(output, "kind", kOutputs);
  }
  if (output.Has("skip_leading_classes")) {
    card.skip_leading_classes = static_cast<int>(output.Integer("skip_leading_classes", 0, 1000));
  }
}

}  // namespace

Result<Card> ParseCard(const Json& json, const std::string& file, CardUse use) {
  JsonReader reader(json, file);
  Card card;
  const bool partial = use != CardUse::kCandidate;
  const bool labelled = use != CardUse::kPremodel;
  reader.Schema("card/1");
  card.name = partial ? reader.StringOr("name", "") : reader.String("name");
  if (reader.Has("continues")) reader.Fault("continues", "no such field (early exits are not supported yet)");
  if (reader.StringOr("task", "image-classification") != "image-classification") {
    reader.Fault("task", "\"image-classification\"");
  }
  ReadInput(reader.Object("input"), partial, card);
  ReadPreprocess(reader.Object("preprocess"), card.preprocess);
  if (labelled || reader.Has("output")) ReadOutput(reader.Object("output"), use, card);
  card.labels = labelled ? reader.String("labels") : reader.StringOr("labels", "");
  card.license = reader.StringOr("license", "");
  card.source = reader.StringOr("source", "");
  AMSEL_RETURN_IF_ERROR(reader.status());
  return card;
}

Json CardToJson(const Card& card) {
  const Preprocess& p = card.preprocess;
  const auto channels = static_cast<std::ptrdiff_t>(p.channel_count());
  const auto list = [&](const std::array<double, 3>& values) {
    return std::vector<double>(values.begin(), values.begin() + channels);
  };
  Json input = {{"name", card.input_name},
                {"layout", kLayouts[static_cast<std::size_t>(p.layout)]},
                {"height", p.height},
                {"width", p.width},
                {"channels", kChannels[static_cast<std::size_t>(p.channels)]},
                {"dtype", kTypes[static_cast<std::size_t>(p.type)]}};
  if (p.type != ElementType::kFloat32) {
    input["scale"] = p.scale;
    input["zero_point"] = p.zero_point;
  }
  return {{"schema", "card/1"},
          {"name", card.name},
          {"task", "image-classification"},
          {"input", input},
          {"preprocess",
           {{"center_crop_fraction", p.center_crop_fraction},
            {"interpolation", kInterpolations[static_cast<std::size_t>(p.interpolation)]},
            {"mean", list(p.mean)},
            {"std", list(p.std)}}},
          {"output",
           {{"name", card.output_name},
            {"kind", kOutputs[static_cast<std::size_t>(card.output_kind)]},
            {"skip_leading_classes", card.skip_leading_classes}}},
          {"labels", card.labels},
          {"license", card.license},
          {"source", card.source}};
}

}  // namespace amsel
