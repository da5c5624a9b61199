#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "profile/calibration_sample.h"

namespace amsel {
namespace {

struct Options {
  std::string zoo;
  std::string images;
  std::string out;
  SampleOptions sample;
  bool json = false;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

/// Of the images that judge, with whole paths, so that it may lie anywhere.
std::string ListOf(const std::vector<LabelledImage>& images, const CalibrationSample& sample) {
  std::string text = "path,label_index,group,weight\n";
  for (const std::size_t i : sample.judge) {
    const LabelledImage& image = images[i];
    text += fmt::format("{},{},{},{}\n", Quoted(std::filesystem::absolute(image.reference).string()), image.label,
                        Quoted(image.group), image.weight);
  }
  return text;
}

Json Described(const Options& options, const Zoo& zoo, const CalibrationSample& sample) {
  Json candidates = Json::array();
  for (const ZooEntry& entry : zoo.entries) {
    const Preprocess& p = entry.card.preprocess;
    const int channels = p.channel_count();
    const auto count = static_cast<int>(sample.calibrate.size());
    candidates.push_back({{"name", entry.card.name},
                          {"card", CardToJson(entry.card)},
                          {"model_file", entry.model_file},
                          {"data_files", entry.data_files},
                          {"tensor", entry.card.name + ".tensor"},
                          {"dtype", ElementTypeName(p.type)},
                          {"shape", p.layout == TensorLayout::kNchw ? Json{count, channels, p.height, p.width}
                                                                    : Json{count, p.height, p.width, channels}}});
  }
  return {{"schema", "amsel.tensors/1"}, {"zoo", zoo.path},
          {"images", options.images},    {"seed", options.sample.seed},
          {"labels", zoo.labels},        {"calibration_images", sample.keys},
          {"judge", "judge.csv"},        {"judging_images", sample.judge.size()},
          {"candidates", candidates}};
}

Result<int> Run(Options& options) {
  std::error_code failure;
  if (std::filesystem::exists(options.out, failure)) return UsageError(options.out + ": exists");
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.zoo));
  AMSEL_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(options.images, zoo.labels));
  PrintNotices(dataset.notices);
  AMSEL_ASSIGN_OR_RETURN(CalibrationSample sample, DrawCalibrationSample(dataset.images, options.sample));
  AMSEL_ASSIGN_OR_RETURN(StagedDirectory staged, StagedDirectory::Create(options.out));
  AMSEL_RETURN_IF_ERROR(WriteTensors(zoo, dataset.images, options.sample, staged.path(), sample));
  const std::string described = PrettyText(Described(options, zoo, sample));
  AMSEL_RETURN_IF_ERROR(WriteFile(staged.path() + "/judge.csv", ListOf(dataset.images, sample)));
  AMSEL_RETURN_IF_ERROR(WriteFile(staged.path() + "/tensors.json", described));
  AMSEL_RETURN_IF_ERROR(staged.Commit());
  WarnOfSkipped(sample.skipped);
  return Print(options.json
                   ? described
                   : fmt::format("{}: tensors of {} images for {} candidates, and a list of {} images to "
                                 "judge by\n",
                                 options.out, sample.calibrate.size(), zoo.entries.size(), sample.judge.size()));
}

}  // namespace

Verb AddTensorsVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("tensors", "Write what candidates see of a sample of images, for calibration");
  auto options = std::make_shared<Options>();
  verb->add_option("--zoo", options->zoo, "Folder of candidates, each with card.json and <version>/model.onnx")
      ->required()
      ->type_name("DIR");
  verb->add_option("--images", options->images,
                   "Labelled images: CSV (path,label[,group,weight,split]), a folder per class, or an IDX images file")
      ->required()
      ->type_name("PATH");
  verb->add_option("--out", options->out, "Folder to write, which must not be there")->required()->type_name("DIR");
  verb->add_option("--calibrate", options->sample.calibrate,
                   "Images to draw, at most, and at most a quarter of those of no split or of split fit")
      ->check(CLI::Range(std::size_t{1}, kMostCalibrationImages))
      ->capture_default_str();
  verb->add_option("--judge", options->sample.judge, "Other images to list, about, at most; 0: all")
      ->capture_default_str();
  verb->add_option("--seed", options->sample.seed, "Seed of the draw")->capture_default_str();
  verb->add_flag("--json", options->json, "Print JSON (amsel.tensors/1)");
  verb->footer(
      "For each candidate NAME.tensor, the bytes of its input tensors one after another; tensors.json, which says "
      "what\n"
      "they are and which images were drawn; judge.csv, a list of others. `amsel derive`, in the Python package, "
      "works\n"
      "from these (docs/derive.md); so can other tools that quantise DNNs.\n"
      "Example: amsel tensors --zoo zoo --images images.csv --out tensors");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
