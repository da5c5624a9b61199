// What each image feature costs, beside decoding the same picture.
//   bench_features [JPEG...]      (default: made-up photos of 32 × 32 and of 500 × 375 pixels)
// "own" is the feature's own work, after the stages that it shares with others; "alone" is all that extracting it and
// no other takes. What several features cost together is the sum of their own times and of the stages that any needs.
#include <fmt/core.h>

#include "base/status_macros.h"
#include "base/text_table.h"
#include "features/features.h"
#include "image/decode.h"
#include "image/threads.h"
#include "made_up_photo.h"
#include "turn_about.h"

namespace amsel {
namespace {

constexpr int kRounds = 300;

/// Medians, in microseconds, of one picture.
struct Costs {
  std::vector<double> own;     ///< per feature
  std::vector<double> alone;   ///< per feature
  std::vector<double> stages;  ///< per stage
  double all = 0;
  double decoding = 0;
};

Result<Costs> Measure(const std::string& jpeg) {
  constexpr double kMicro = 1000;
  const std::vector<std::string> names = AllFeatureNames();
  ImageDecoder decoder;
  Image image;
  AMSEL_RETURN_IF_ERROR(decoder.Decode(jpeg, image));
  AMSEL_ASSIGN_OR_RETURN(FeatureExtractor all, FeatureExtractor::Create(names));
  std::vector<float> values(names.size());
  std::vector<FeatureExtractor> single;
  std::vector<std::function<void()>> ways{[&] { static_cast<void>(decoder.Decode(jpeg, image)); },
                                          [&] { all.Extract(image, values); }};
  for (const std::string& name : names) {
    AMSEL_ASSIGN_OR_RETURN(FeatureExtractor one, FeatureExtractor::Create({name}));
    single.push_back(std::move(one));
  }
  for (FeatureExtractor& one : single) ways.emplace_back([&] { one.Extract(image, std::span(values).first(1)); });
  const std::vector<double> ms = TurnAbout(ways, kRounds);
  Costs costs;
  costs.decoding = ms[0] * kMicro;
  costs.all = ms[1] * kMicro;
  for (std::size_t i = 0; i < names.size(); ++i) costs.alone.push_back(ms[i + 2] * kMicro);
  const SteadyClock clock;
  std::vector<std::vector<double>> own(names.size());
  std::vector<std::vector<double>> stages(kFeatureStageCount);
  for (int round = 0; round < kRounds; ++round) {
    FeatureTimes times;
    all.Extract(image, values, &times, &clock);
    for (std::size_t i = 0; i < own.size(); ++i) own[i].push_back(Milliseconds(times.features[i]) * kMicro);
    for (std::size_t s = 0; s < stages.size(); ++s) stages[s].push_back(Milliseconds(times.stages[s]) * kMicro);
  }
  for (std::vector<double>& feature : own) costs.own.push_back(Median(std::move(feature)));
  for (std::vector<double>& stage : stages) costs.stages.push_back(Median(std::move(stage)));
  return costs;
}

std::string StagesOf(const FeatureInfo& info) {
  const std::size_t prefix = std::string("stage.").size();
  std::string text;
  for (const FeatureStage stage : info.stages) {
    if (!text.empty()) text += ' ';
    text.append(FeatureStageName(stage), prefix);
  }
  return text;
}

std::string Table(const Costs& costs) {
  const auto us = [](double value) { return fmt::format("{:.2f}", value); };
  const auto share = [&](double value) { return fmt::format("{:.1f}", 100 * value / costs.decoding); };
  std::vector<std::vector<std::string>> rows;
  for (int stage = 0; stage < kFeatureStageCount; ++stage) {
    const double own = costs.stages[static_cast<std::size_t>(stage)];
    rows.push_back({FeatureStageName(static_cast<FeatureStage>(stage)), us(own), share(own), "", "", ""});
  }
  const std::vector<FeatureInfo>& infos = FeatureRegistry();
  for (std::size_t i = 0; i < infos.size(); ++i) {
    rows.push_back({infos[i].name, us(costs.own[i]), share(costs.own[i]), us(costs.alone[i]), share(costs.alone[i]),
                    StagesOf(infos[i])});
  }
  rows.push_back({"all of them", "", "", us(costs.all), share(costs.all), ""});
  return FormatTable({"", "own us", "% of decoding", "alone us", "% of decoding", "stages"}, rows);
}

Status Main(const std::vector<std::string>& files) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(Photos photos, ReadPhotos(files));
  if (photos.empty()) {
    photos = {{"32x32", EncodeJpeg(MadeUpPhoto(32, 32))}, {"500x375", EncodeJpeg(MadeUpPhoto(500, 375))}};
  }
  for (const auto& [name, bytes] : photos) {
    AMSEL_ASSIGN_OR_RETURN(const Costs costs, Measure(bytes));
    fmt::print("features of {}: medians of {}; decoding its JPEG takes {:.1f} us\n\n{}\n", name, kRounds,
               costs.decoding, Table(costs));
  }
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  const amsel::Status status = amsel::Main({argv + 1, argv + argc});
  if (!status.ok()) fmt::print(stderr, "bench_features: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
