#include "card/card.h"

#include <algorithm>
#include <cmath>

#include "base/preprocess_names.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kMaxSide = 16384;
constexpr double kLeastCrop = 0.01;

const std::vector<std::string> kLayouts{"NCHW", "NHWC"};
const std::vector<std::string> kChannels(kChannelOrderNames.begin(), kChannelOrderNames.end());
const std::vector<std::string> kTypes{"float32", "uint8", "int8", "float16"};
const std::vector<std::string> kInterpolations(kInterpolationNames.begin(), kInterpolationNames.end());
const std::vector<std::string> kFits{"crop", "squash", "letterbox"};
const std::vector<std::string> kOutputs{"logits", "probabilities", "sigmoid"};

/// Position of the field's value among `choices`, as an enumerator. 0 after a fault, which the reader keeps.
template <typename Enum>
Enum ReadEnum(JsonReader& reader, const std::string& key, const std::vector<std::string>& choices) {
  const std::string value = reader.Choice(key, choices);
  const auto it = std::find(choices.begin(), choices.end(), value);
  return it == choices.end() ? Enum{} : static_cast<Enum>(it - choices.begin());
}

/// Whether values of the type need a scale and a zero point to mean something.
bool IsQuantized(ElementType type) {
  return type == ElementType::kUint8 || type == ElementType::kInt8;
}

void ReadQuantization(JsonReader& reader, ElementType type, double& scale, int& zero_point) {
  scale = reader.Number("scale");
  if (!(scale > 0)) reader.Fault("scale", "a number above 0");
  const bool is_signed = type == ElementType::kInt8;
  zero_point = static_cast<int>(reader.Integer("zero_point", is_signed ? -128 : 0, is_signed ? 127 : 255));
}

void ReadInput(JsonReader input, bool partial, Card& card) {
  Preprocess& p = card.preprocess;
  card.input_name = partial ? input.StringOr("name", "") : input.String("name");
  p.layout = ReadEnum<TensorLayout>(input, "layout", kLayouts);
  if (!partial || input.Has("height")) p.height = static_cast<int>(input.Integer("height", 1, kMaxSide));
  if (!partial || input.Has("width")) p.width = static_cast<int>(input.Integer("width", 1, kMaxSide));
  p.channels = ReadEnum<ChannelOrder>(input, "channels", kChannels);
  p.type = ReadEnum<ElementType>(input, "dtype", kTypes);
  if (IsQuantized(p.type)) ReadQuantization(input, p.type, p.scale, p.zero_point);
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

void ReadPadColor(JsonReader& reader, Preprocess& p) {
  const std::vector<double> values = reader.Numbers("pad_color");
  if (!reader.status().ok()) return;
  const auto channels = static_cast<std::size_t>(p.channel_count());
  const bool good = values.size() == channels && std::all_of(values.begin(), values.end(), [](double v) {
                      return v >= 0 && v <= 255 && v == std::floor(v);
                    });
  if (!good) return reader.Fault("pad_color", "a list of " + std::to_string(channels) + " integers from 0 to 255");
  for (std::size_t i = 0; i < p.pad_color.size() && i < channels; ++i) {
    p.pad_color[i] = static_cast<std::uint8_t>(values[i]);
  }
}

/// Which part of the picture is taken.
void ReadFit(JsonReader& reader, Preprocess& p) {
  if (reader.Has("fit")) p.fit = ReadEnum<Fit>(reader, "fit", kFits);
  if (p.fit != Fit::kCrop) {
    for (const char* key : {"center_crop_fraction", "resize_side", "crop_rounding"}) {
      if (reader.Has(key)) reader.Fault(key, "no such field where `preprocess.fit` is not \"crop\"");
    }
  } else if (reader.Has("resize_side")) {
    if (reader.Has("center_crop_fraction")) reader.Fault("center_crop_fraction", "no such field beside resize_side");
    p.resize_side = static_cast<int>(reader.Integer("resize_side", 1, kMaxSide));
  } else {
    p.center_crop_fraction = reader.Number("center_crop_fraction", kLeastCrop, 1);
  }
  if (p.fit == Fit::kCrop && reader.Has("crop_rounding")) {
    p.crop_rounds_down = reader.Choice("crop_rounding", {"usual", "down"}) == "down";
  }
  if (!reader.Has("pad_color")) return;
  if (p.fit != Fit::kLetterbox) reader.Fault("pad_color", "no such field where `preprocess.fit` is not \"letterbox\"");
  ReadPadColor(reader, p);
}

void ReadInterpolation(JsonReader& reader, Preprocess& p) {
  p.interpolation = ReadEnum<Interpolation>(reader, "interpolation", kInterpolations);
  if (reader.Has("antialias")) p.antialias = reader.Boolean("antialias");
  const bool plain = p.interpolation == Interpolation::kNearest || p.interpolation == Interpolation::kArea;
  if (p.antialias && plain) {
    reader.Fault("antialias", "false (or no such field) with interpolation \"nearest\" and \"area\"");
  }
  if (!p.antialias && p.interpolation == Interpolation::kLanczos) {
    reader.Fault("antialias", "true with interpolation \"lanczos\", which is Pillow's");
  }
}

void ReadPreprocess(JsonReader reader, Preprocess& p) {
  ReadFit(reader, p);
  ReadInterpolation(reader, p);
  ReadNormalization(reader, "mean", false, p, p.mean);
  ReadNormalization(reader, "std", true, p, p.std);
}

void ReadOutput(JsonReader output, CardUse use, Card& card) {
  card.output_name = use == CardUse::kCandidate ? output.String("name") : output.StringOr("name", "");
  if (use != CardUse::kFeatureDnn || output.Has("kind")) {
    card.output_kind = ReadEnum<OutputKind>(output, "kind", kOutputs);
  }
  if (output.Has("dtype")) {
    card.output_type = ReadEnum<ElementType>(output, "dtype", kTypes);
    if (IsQuantized(*card.output_type)) {
      ReadQuantization(output, *card.output_type, card.output_scale, card.output_zero_point);
    }
  }
  if (output.Has("skip_leading_classes")) {
    card.skip_leading_classes = static_cast<int>(output.Integer("skip_leading_classes", 0, 1000));
    if (card.output_kind == OutputKind::kSigmoid && card.skip_leading_classes != 0) {
      output.Fault("skip_leading_classes", "0 (or no such field) with kind \"sigmoid\", which is one value");
    }
  }
}

void ReadDerivation(JsonReader& reader, Card& card) {
  if (reader.Has("derived_from")) card.derived_from = reader.Name("derived_from");
  if (!card.derived_from.empty() && card.derived_from == card.name) {
    reader.Fault("derived_from", "the name of another candidate");
  }
  if (!reader.Has("derivation")) return;
  if (card.derived_from.empty()) reader.Fault("derivation", "no such field without derived_from");
  JsonReader object = reader.Object("derivation");
  Derivation derivation;
  derivation.method = object.String("method");
  derivation.calibration = object.StringOr("calibration", "");
  if (object.Has("calibration_images")) derivation.calibration_images = object.Strings("calibration_images");
  const std::vector<std::string>& keys = derivation.calibration_images;
  if (keys.size() > kMostCalibrationImages || !std::all_of(keys.begin(), keys.end(), IsContentKey)) {
    object.Fault("calibration_images", "at most " + std::to_string(kMostCalibrationImages) +
                                           " texts, each the first 16 hexadecimal digits of an image's SHA-256");
  }
  card.derivation = std::move(derivation);
}

Json DerivationToJson(const Derivation& derivation) {
  Json json = {{"method", derivation.method}};
  if (!derivation.calibration.empty()) json["calibration"] = derivation.calibration;
  if (!derivation.calibration_images.empty()) json["calibration_images"] = derivation.calibration_images;
  return json;
}

Json PreprocessToJson(const Preprocess& p) {
  const auto channels = static_cast<std::ptrdiff_t>(p.channel_count());
  const auto list = [&](const auto& values) { return std::vector<double>(values.begin(), values.begin() + channels); };
  Json json = {{"interpolation", NameOf(p.interpolation)}, {"mean", list(p.mean)}, {"std", list(p.std)}};
  if (p.fit != Fit::kCrop) {
    json["fit"] = kFits[static_cast<std::size_t>(p.fit)];
  } else if (p.resize_side > 0) {
    json["resize_side"] = p.resize_side;
  } else {
    json["center_crop_fraction"] = p.center_crop_fraction;
  }
  if (p.fit == Fit::kCrop && p.crop_rounds_down) json["crop_rounding"] = "down";
  if (p.fit == Fit::kLetterbox) json["pad_color"] = list(p.pad_color);
  if (p.antialias) json["antialias"] = true;
  return json;
}

Json OutputToJson(const Card& card) {
  Json json = {{"name", card.output_name},
               {"kind", kOutputs[static_cast<std::size_t>(card.output_kind)]},
               {"skip_leading_classes", card.skip_leading_classes}};
  if (!card.output_type) return json;
  json["dtype"] = kTypes[static_cast<std::size_t>(*card.output_type)];
  if (IsQuantized(*card.output_type)) {
    json["scale"] = card.output_scale;
    json["zero_point"] = card.output_zero_point;
  }
  return json;
}

}  // namespace

std::string ElementTypeName(ElementType type) {
  const auto position = static_cast<std::size_t>(type);
  if (position < kTypes.size()) return kTypes[position];
  return type == ElementType::kFloat64 ? "float64" : "another type";
}

Result<Card> ParseCard(const Json& json, const std::string& file, CardUse use) {
  JsonReader reader(json, file);
  Card card;
  const bool partial = use != CardUse::kCandidate;
  const bool labelled = use != CardUse::kFeatureDnn;
  reader.Schema("card/1");
  if (!partial || !reader.StringOr("name", "").empty()) card.name = reader.Name("name");
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
  ReadDerivation(reader, card);
  if (reader.Has("assumed")) card.assumed = reader.Strings("assumed");
  AMSEL_RETURN_IF_ERROR(reader.status());
  return card;
}

Json CardToJson(const Card& card) {
  const Preprocess& p = card.preprocess;
  Json input = {{"name", card.input_name},
                {"layout", kLayouts[static_cast<std::size_t>(p.layout)]},
                {"height", p.height},
                {"width", p.width},
                {"channels", NameOf(p.channels)},
                {"dtype", kTypes[static_cast<std::size_t>(p.type)]}};
  if (IsQuantized(p.type)) {
    input["scale"] = p.scale;
    input["zero_point"] = p.zero_point;
  }
  Json json = {{"schema", "card/1"},
               {"name", card.name},
               {"task", "image-classification"},
               {"input", input},
               {"preprocess", PreprocessToJson(p)},
               {"output", OutputToJson(card)},
               {"labels", card.labels},
               {"license", card.license},
               {"source", card.source}};
  if (!card.derived_from.empty()) json["derived_from"] = card.derived_from;
  if (card.derivation) json["derivation"] = DerivationToJson(*card.derivation);
  return json;
}

Json CardFileToJson(const Card& card) {
  Json json = CardToJson(card);
  if (!card.assumed.empty()) json["assumed"] = card.assumed;
  return json;
}

}  // namespace amsel
