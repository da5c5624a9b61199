// Sources: timm.data.create_transform and transforms_factory (timm 1.0); transformers' image_processing_*.py (4.40 to
// 5); ultralytics.data.augment.classify_transforms (8.3).
#include "describe/config.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::uint64_t kMostConfigBytes = std::uint64_t{16} << 20;
constexpr int kMostSide = 16384;
constexpr double kLeastCrop = 0.05;
constexpr double kMostNumber = 1e6;  // of means and deviations

/// Height and width, as frameworks write a size.
struct Size {
  int height = 0;
  int width = 0;
};

/// At most so much that what a crop enlarges is a card's size still.
bool IsSide(const Json& value) {
  return value.is_number_integer() && value.get<std::int64_t>() > 0 && value.get<std::int64_t>() <= kMostSide;
}

/// Of 224, [224, 224] or {"height": 224, "width": 224}.
std::optional<Size> SizeOf(const Json& value) {
  if (IsSide(value)) return Size{value.get<int>(), value.get<int>()};
  if (value.is_array() && value.size() == 2 && IsSide(value[0]) && IsSide(value[1])) {
    return Size{value[0].get<int>(), value[1].get<int>()};
  }
  if (value.is_object() && value.contains("height") && value.contains("width") && IsSide(value["height"]) &&
      IsSide(value["width"])) {
    return Size{value["height"].get<int>(), value["width"].get<int>()};
  }
  return {};
}

std::vector<std::string> TextsOf(const Json& value) {
  std::vector<std::string> texts;
  if (value.is_array()) {
    for (const Json& one : value) {
      if (!one.is_string()) return {};
      texts.push_back(one.get<std::string>());
    }
  } else if (value.is_object()) {  // {"0": "cat", "1": "dog"}
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto it = value.find(std::to_string(i));
      if (it == value.end() || !it->is_string()) return {};
      texts.push_back(it->get<std::string>());
    }
  }
  return texts;
}

/// Reads one configuration's fields, which are in 0..1 where cards are in 0..255.
class ConfigReader {
 public:
  ConfigReader(const Json& json, const std::string& file) : json_(json), file_(file) {}

  Error Fault(const std::string& field, const std::string& what) const {
    return BadInput(file_ + ": field `" + field + "`: " + what);
  }

  bool Flag(const char* key, bool fallback) const {
    const auto it = json_.find(key);
    return it == json_.end() || !it->is_boolean() ? fallback : it->get<bool>();
  }

  double Number(const char* key, double fallback) const {
    const auto it = json_.find(key);
    return it == json_.end() || !it->is_number() ? fallback : it->get<double>();
  }

  std::string Text(const char* key) const {
    const auto it = json_.find(key);
    return it == json_.end() || !it->is_string() ? "" : it->get<std::string>();
  }

  Status Three(const char* key, std::array<double, 3>& out) const {
    const auto it = json_.find(key);
    if (it == json_.end() || it->is_null()) return Fault(key, "is absent; expected a list of three numbers");
    const bool good = it->is_array() && (it->size() == 3 || it->size() == 1) &&
                      std::all_of(it->begin(), it->end(), [](const Json& v) { return v.is_number(); });
    if (!good) return Fault(key, "expected a list of three numbers");
    for (std::size_t i = 0; i < 3; ++i) out[i] = (*it)[it->size() == 3 ? i : 0].get<double>();
    const bool small = std::all_of(out.begin(), out.end(), [](double v) { return std::fabs(v) <= kMostNumber; });
    return small ? Status() : Fault(key, "expected numbers of a pixel's size");
  }

  const Json& json() const { return json_; }

 private:
  const Json& json_;
  const std::string& file_;
};

Status TakeTimmShape(const ConfigReader& config, Preprocess& p) {
  const auto size = config.json().find("input_size");
  const bool has_size =
      size != config.json().end() && size->is_array() && size->size() == 3 && IsSide((*size)[1]) && IsSide((*size)[2]);
  if (!has_size) return config.Fault("input_size", "expected [channels, height, width]");
  p.height = (*size)[1].get<int>();
  p.width = (*size)[2].get<int>();
  const double crop = config.Number("crop_pct", 0.875);
  if (crop < kLeastCrop || crop > 1) return config.Fault("crop_pct", "expected a number from 0.05 to 1");
  const std::string mode = config.Text("crop_mode");
  if (mode.empty() || mode == "center") {
    if (p.height == p.width) {
      p.resize_side = std::min(kMostSide, static_cast<int>(std::floor(p.height / crop)));
    } else {
      p.center_crop_fraction = crop;
    }
    return {};
  }
  if (mode != "squash" && mode != "border") return config.Fault("crop_mode", "no card can say \"" + mode + "\"");
  if (crop != 1) {
    return config.Fault("crop_mode", "no card can say \"" + mode + "\" with a crop afterwards (`crop_pct` " +
                                         std::to_string(crop) + ")");
  }
  p.fit = mode == "squash" ? Fit::kSquash : Fit::kLetterbox;
  if (p.fit == Fit::kSquash) return {};
  std::array<double, 3> mean{};
  AMSEL_RETURN_IF_ERROR(config.Three("mean", mean));
  for (std::size_t i = 0; i < 3; ++i) {
    p.pad_color[i] = static_cast<std::uint8_t>(std::clamp(std::lround(255 * mean[i]), 0L, 255L));
  }
  return {};
}

Result<Preprocess> TimmPreprocess(const Json& json, const std::string& file) {
  const ConfigReader config(json, file);
  Preprocess p;
  p.antialias = true;
  AMSEL_RETURN_IF_ERROR(TakeTimmShape(config, p));
  const std::string interpolation = config.Text("interpolation");
  if (interpolation == "bilinear") {
    p.interpolation = Interpolation::kBilinear;
  } else if (interpolation == "bicubic" || interpolation.empty()) {
    p.interpolation = Interpolation::kBicubic;
  } else if (interpolation == "lanczos") {
    p.interpolation = Interpolation::kLanczos;
  } else {
    return config.Fault("interpolation", "no card can say \"" + interpolation + "\"");
  }
  AMSEL_RETURN_IF_ERROR(config.Three("mean", p.mean));
  AMSEL_RETURN_IF_ERROR(config.Three("std", p.std));
  for (std::size_t i = 0; i < 3; ++i) {
    p.mean[i] *= 255;
    p.std[i] *= 255;
    if (!(p.std[i] > 0)) return config.Fault("std", "expected numbers above 0");
  }
  return p;
}

Status TakeResample(const ConfigReader& config, Preprocess& p) {
  const double filter = config.Number("resample", 2);  // PIL.Image.Resampling
  switch (filter >= 0 && filter <= 5 ? static_cast<int>(filter) : -1) {
    case 0:
      p.interpolation = Interpolation::kNearest;
      p.antialias = false;
      return {};
    case 1:
      p.interpolation = Interpolation::kLanczos;
      return {};
    case 2:
      p.interpolation = Interpolation::kBilinear;
      return {};
    case 3:
      p.interpolation = Interpolation::kBicubic;
      return {};
    default:
      return config.Fault("resample", "expected 0 to 3: no card can say Pillow's filters BOX and HAMMING (4 and 5)");
  }
}

/// ConvNeXt's and LeViT's processors resize to more than `shortest_edge` and crop to it.
Status TakeEnlargedEdge(const ConfigReader& config, const std::string& processor, int edge, Preprocess& p) {
  p.height = p.width = edge;
  if (processor.starts_with("Levit")) {
    p.resize_side = std::min(kMostSide, static_cast<int>(256.0 / 224.0 * edge));
    p.crop_rounds_down = true;
    return {};
  }
  constexpr int kWarped = 384;  // from here on its pictures are squashed
  const double crop = config.Number("crop_pct", 224.0 / 256.0);
  if (crop < kLeastCrop || crop > 1) return config.Fault("crop_pct", "expected a number from 0.05 to 1");
  if (edge >= kWarped) {
    p.fit = Fit::kSquash;
  } else {
    p.resize_side = std::min(kMostSide, static_cast<int>(edge / crop));
    p.crop_rounds_down = true;
  }
  return {};
}

/// What the processor of that name takes a bare number for: an edge to come down to, or both sides.
bool BareSizeIsEdge(const std::string& processor) {
  for (const char* prefix :
       {"CLIP", "ConvNext", "Levit", "MobileNet", "MobileViT", "Poolformer", "PoolFormer", "Efficient"}) {
    if (processor.starts_with(prefix)) return true;
  }
  return false;
}

Status TakeHuggingFaceShape(const ConfigReader& config, Preprocess& p) {
  std::string processor = config.Text("image_processor_type");
  if (processor.empty()) processor = config.Text("feature_extractor_type");
  const auto crop_field = config.json().find("crop_size");
  const auto size_field = config.json().find("size");
  const bool crops = config.Flag("do_center_crop", false);
  std::optional<Size> crop;
  if (crops && crop_field != config.json().end()) crop = SizeOf(*crop_field);
  if (!config.Flag("do_resize", true))
    return config.Fault("do_resize", "no card can say that pictures are not resized");
  if (size_field == config.json().end()) return config.Fault("size", "is absent");
  const auto longest = size_field->is_object() ? size_field->find("longest_edge") : size_field->end();
  if (size_field->is_object() && longest != size_field->end() && !size_field->contains("shortest_edge")) {
    return config.Fault("size", "no card can say `longest_edge` (fit \"letterbox\" is near, where it is padded)");
  }
  std::optional<int> edge;
  if (size_field->is_object() && size_field->contains("shortest_edge")) {
    if (!IsSide((*size_field)["shortest_edge"]))
      return config.Fault("size.shortest_edge", "expected a number of pixels");
    edge = (*size_field)["shortest_edge"].get<int>();
  } else if (IsSide(*size_field) && BareSizeIsEdge(processor)) {
    edge = size_field->get<int>();
  }
  if (edge && (processor.starts_with("ConvNext") || processor.starts_with("Levit"))) {
    return TakeEnlargedEdge(config, processor, *edge, p);
  }
  if (edge) {
    if (!crop) return config.Fault("size", "`shortest_edge` without a crop gives inputs of no one size");
    p.resize_side = *edge;
    p.crop_rounds_down = true;
    p.height = crop->height;
    p.width = crop->width;
    return {};
  }
  const std::optional<Size> size = SizeOf(*size_field);
  if (!size) return config.Fault("size", "expected pixels, shortest_edge, or height and width");
  if (crop && (crop->height != size->height || crop->width != size->width)) {
    return config.Fault("crop_size", "no card can say a squash to " + std::to_string(size->height) + " x " +
                                         std::to_string(size->width) + " with a crop afterwards; `resize_side` " +
                                         std::to_string(size->height) +
                                         " is near (write the card by hand, or let "
                                         "labelled images decide)");
  }
  p.fit = Fit::kSquash;
  p.height = size->height;
  p.width = size->width;
  return {};
}

Result<Preprocess> HuggingFacePreprocess(const Json& json, const std::string& file) {
  const ConfigReader config(json, file);
  Preprocess p;
  p.antialias = true;
  AMSEL_RETURN_IF_ERROR(TakeHuggingFaceShape(config, p));
  AMSEL_RETURN_IF_ERROR(TakeResample(config, p));
  const double factor = config.Flag("do_rescale", true) ? config.Number("rescale_factor", 1 / 255.0) : 1;
  if (factor < 1e-6 || factor > kMostNumber) return config.Fault("rescale_factor", "expected a number above 0");
  const double offset = config.Flag("rescale_offset", false) ? 1 : 0;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
  const bool normalizes = config.Flag("do_normalize", json.contains("image_mean"));
  if (normalizes) {
    AMSEL_RETURN_IF_ERROR(config.Three("image_mean", mean));
    AMSEL_RETURN_IF_ERROR(config.Three("image_std", std));
  }
  const bool twice = config.Flag("include_top", false) && normalizes;  // EfficientNet's processor
  for (std::size_t i = 0; i < 3; ++i) {
    if (!(std[i] > 0)) return config.Fault("image_std", "expected numbers above 0");
    p.mean[i] = (mean[i] + offset) / factor;
    p.std[i] = (twice ? std[i] * std[i] : std[i]) / factor;
  }
  if (config.Flag("do_flip_channel_order", false)) {
    p.channels = ChannelOrder::kBgr;  // after normalising, which in these processors does nothing by channel
  }
  return p;
}

/// {0: 'tench', 1: "a 'b'"} or ['a', 'b'], as Python prints them, to JSON's quotes.
std::string PythonToJson(const std::string& text) {
  std::string json;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0) {
      if (c == '\'' || c == '"') {
        quote = c;
        json += '"';
      } else if (c >= '0' && c <= '9' && (json.ends_with('{') || json.ends_with(", ") || json.ends_with(','))) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789", i), text.size());
        json += '"' + text.substr(i, end - i) + '"';  // a key
        i = end - 1;
      } else {
        json += c;
      }
    } else if (c == '\\' && i + 1 < text.size()) {
      json += text[i + 1] == '\'' ? std::string("'") : std::string{c, text[i + 1]};
      ++i;
    } else if (c == quote) {
      quote = 0;
      json += '"';
    } else {
      json += c == '"' ? std::string("\\\"") : std::string(1, c);
    }
  }
  return json;
}

}  // namespace

Result<FrameworkConfig> ParseFrameworkConfig(const Json& json, const std::string& file) {
  if (!json.is_object()) return BadInput(file + ": expected an object, as timm and Hugging Face write them");
  FrameworkConfig config;
  for (const char* key : {"label_names", "id2label"}) {
    if (config.labels.empty() && json.contains(key)) config.labels = TextsOf(json[key]);
  }
  const Json* timm = json.contains("pretrained_cfg") ? &json["pretrained_cfg"] : nullptr;
  if (timm == nullptr && json.contains("input_size") && json.contains("mean")) timm = &json;
  if (timm != nullptr && timm->is_object()) {
    config.source = "timm's configuration in " + file;
    AMSEL_ASSIGN_OR_RETURN(config.preprocess, TimmPreprocess(*timm, file));
    return config;
  }
  config.source = "Hugging Face's configuration in " + file;
  const bool processes = json.contains("image_processor_type") || json.contains("feature_extractor_type") ||
                         json.contains("image_mean") || json.contains("do_resize");
  if (processes) {
    AMSEL_ASSIGN_OR_RETURN(config.preprocess, HuggingFacePreprocess(json, file));
    return config;
  }
  if (!config.labels.empty()) return config;
  return BadInput(file +
                  ": says nothing of pixels or labels; expected timm's config.json (`pretrained_cfg`), or Hugging "
                  "Face's preprocessor_config.json (`image_mean`, `size`) or config.json (`id2label`)");
}

Result<FrameworkConfig> ReadFrameworkConfig(const std::string& file) {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMostConfigBytes));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, file));
  return ParseFrameworkConfig(json, file);
}

FrameworkConfig FromMetadata(const std::vector<std::pair<std::string, std::string>>& metadata,
                             const std::string& file) {
  FrameworkConfig config{"the metadata of " + file, {}, {}};
  bool ultralytics = false;
  bool classifies = false;
  std::optional<Size> size;
  for (const auto& [key, value] : metadata) {
    ultralytics = ultralytics || (key == "author" && value.find("Ultralytics") != std::string::npos);
    classifies = classifies || (key == "task" && value == "classify");
    if (key == "imgsz") {
      const auto json = ParseJson(value, file);
      if (json.ok()) size = SizeOf(*json);
    }
    if (key != "names" && key != "id2label" && key != "labels" && key != "classes") continue;
    for (const std::string& text : {value, PythonToJson(value)}) {
      const auto json = ParseJson(text, file);
      if (config.labels.empty() && json.ok()) config.labels = TextsOf(*json);
    }
  }
  if (!ultralytics || !classifies || !size) return config;
  Preprocess p;
  p.height = size->height;
  p.width = size->width;
  p.resize_side = std::min(size->height, size->width);
  p.antialias = true;
  p.std = {255, 255, 255};
  config.preprocess = p;
  return config;
}

}  // namespace amsel
