#include "profile/check_cards.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "backend/candidate_runner.h"
#include "backend/canonical.h"
#include "backend/tensor_values.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "image/image_reader.h"
#include "image/preprocess.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

struct Sample {
  Image image;
  int label = 0;
};

/// A reading of the card: how pixels go in, and by how many classes the labels are shifted.
struct Reading {
  Preprocess preprocess;
  int label_shift = 0;
};

struct Change {
  std::string field;
  std::string advice;
  Reading reading;
};

/// Measures readings of one candidate's card.
class CandidateCheck {
 public:
  CandidateCheck(const ZooEntry& entry, const std::vector<std::string>& reference, const std::vector<Sample>& samples)
      : entry_(entry), samples_(samples) {
    for (const std::string& label : entry.labels) {
      const std::size_t position = class_of_.size();
      const bool same_place = position < reference.size() && reference[position] == label;
      const auto it = std::find(reference.begin(), reference.end(), label);
      class_of_.push_back(same_place              ? static_cast<int>(position)
                          : it == reference.end() ? -1
                                                  : static_cast<int>(it - reference.begin()));
    }
  }

  Status Open(Backend& backend, const SessionOptions& options) {
    AMSEL_ASSIGN_OR_RETURN(std::shared_ptr<Session> session, backend.Open(entry_.model_file, options));
    const int classes = ClassesOf(session->info());
    AMSEL_ASSIGN_OR_RETURN(runner_, CandidateRunner::Over(std::move(session), entry_.model_file, entry_.card, classes));
    card_ = runner_->card();
    return {};
  }

  Reading AsIs() const { return {card_.preprocess, 0}; }

  /// The usual mistakes, each as one change of `reading`.
  std::vector<Change> Changes(const Reading& reading) const {
    std::vector<Change> changes;
    const Preprocess& p = reading.preprocess;
    if (p.channels != ChannelOrder::kGray) {
      const bool rgb = p.channels == ChannelOrder::kRgb;
      changes.push_back({"input.channels", rgb ? "BGR instead of RGB" : "RGB instead of BGR", reading});
      changes.back().reading.preprocess.channels = rgb ? ChannelOrder::kBgr : ChannelOrder::kRgb;
    }
    for (const double factor : {255.0, 1 / 255.0}) {
      changes.push_back({"preprocess.mean and preprocess.std",
                         factor > 1 ? "multiplied by 255 (the DNN wants pixels scaled to 0..1)"
                                    : "divided by 255 (the DNN wants pixels in 0..255)",
                         reading});
      for (double& mean : changes.back().reading.preprocess.mean) mean *= factor;
      for (double& std : changes.back().reading.preprocess.std) std *= factor;
    }
    for (const double fraction : {1.0, 0.875}) {
      if (std::fabs(fraction - p.center_crop_fraction) < 0.05) continue;
      changes.push_back({"preprocess.center_crop_fraction", fraction == 1.0 ? "1.0 (no crop)" : "0.875", reading});
      changes.back().reading.preprocess.center_crop_fraction = fraction;
    }
    if (reading.label_shift == 0) {
      for (const int shift : {-1, 1}) {
        changes.push_back({"output.skip_leading_classes and labels",
                           shift < 0 ? "one more class to skip, or labels that begin one line later"
                                     : "one class less to skip, or labels that begin one line earlier",
                           reading});
        changes.back().reading.label_shift = shift;
      }
    }
    return changes;
  }

  /// Right or wrong for each sample.
  Result<std::vector<double>> Measure(const Reading& reading) {
    Preprocessor preprocessor(reading.preprocess);
    std::vector<std::byte> tensor(TensorBytes(reading.preprocess));
    std::vector<double> right;
    std::vector<float> raw;
    for (const Sample& sample : samples_) {
      preprocessor.Apply(sample.image, tensor);
      AMSEL_RETURN_IF_ERROR(runner_->InferBatch(tensor, 1, raw));
      if (raw.size() == 1) raw.insert(raw.begin(), card_.output_kind == OutputKind::kSigmoid ? 1 - raw[0] : 0);
      right.push_back(ClassOf(TopClass(raw), static_cast<int>(raw.size()), reading.label_shift) == sample.label ? 1
                                                                                                                : 0);
    }
    return right;
  }

 private:
  /// The number of classes is one of the things that may be wrong: what the file declares. One value stands for two.
  int ClassesOf(const SessionInfo& info) const {
    const auto& outputs = info.outputs;
    const auto named =
        std::find_if(outputs.begin(), outputs.end(), [&](const auto& o) { return o.name == entry_.card.output_name; });
    const TensorInfo* output = named == outputs.end() ? (outputs.empty() ? nullptr : &outputs.front()) : &*named;
    const auto labels = static_cast<int>(entry_.labels.size());
    const auto declared = output == nullptr ? std::nullopt : DeclaredValues(*output);
    if (!declared || *declared == 1 || entry_.card.output_kind == OutputKind::kSigmoid) return labels;
    return static_cast<int>(*declared) - entry_.card.skip_leading_classes;
  }

  /// Class that output `index` stands for; wraps around when there is an output for every label.
  int ClassOf(int index, int outputs, int shift) const {
    const auto labels = static_cast<int>(class_of_.size());
    int position = index - card_.skip_leading_classes + shift;
    if (outputs == labels && card_.skip_leading_classes == 0) position = (position + labels) % labels;
    return position < 0 || position >= labels ? -1 : class_of_[static_cast<std::size_t>(position)];
  }

  const ZooEntry& entry_;
  const std::vector<Sample>& samples_;
  std::vector<int> class_of_;  ///< of each of the card's own labels, −1 for labels that the others lack
  Card card_;
  std::optional<CandidateRunner> runner_;
};

Result<CardCheck> CheckOne(CandidateCheck& check, const std::string& name, const CheckOptions& options) {
  Reading reading = check.AsIs();
  AMSEL_ASSIGN_OR_RETURN(std::vector<double> right, check.Measure(reading));
  CardCheck result{name, static_cast<int>(right.size()), WeightedMean(right, {}), {}};
  std::vector<int> each(right.size());
  for (std::size_t i = 0; i < each.size(); ++i) each[i] = static_cast<int>(i);
  for (;;) {
    std::optional<Change> best;
    std::vector<double> best_right;
    double best_gain = 0;
    for (Change& change : check.Changes(reading)) {
      AMSEL_ASSIGN_OR_RETURN(std::vector<double> changed, check.Measure(change.reading));
      std::vector<double> gain;
      for (std::size_t i = 0; i < right.size(); ++i) gain.push_back(changed[i] - right[i]);
      const double mean = WeightedMean(gain, {});
      if (mean < options.least_gain || mean < 2 * ClusteredStandardError(gain, {}, each) || mean <= best_gain) continue;
      best = std::move(change);
      best_right = std::move(changed);
      best_gain = mean;
    }
    if (!best) return result;
    result.findings.push_back({best->field, best->advice, WeightedMean(right, {}), WeightedMean(best_right, {})});
    reading = best->reading;
    right = std::move(best_right);
  }
}

Result<std::vector<Sample>> Draw(const Zoo& zoo, const std::vector<LabelledImage>& images,
                                 const CheckOptions& options) {
  std::vector<Preprocess> inputs;
  for (const ZooEntry& entry : zoo.entries) inputs.push_back(entry.card.preprocess);
  ImageDecoder decoder({options.decode.max_pixels, DecodeMinSide(inputs)});
  std::vector<std::size_t> order(images.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random(options.seed);
  random.Shuffle(order);
  ImageReader reader;
  std::vector<Sample> samples;
  for (const std::size_t i : order) {
    if (samples.size() == static_cast<std::size_t>(options.images)) break;
    const auto bytes = reader.Fetch(images[i].reference);
    Sample sample{{}, images[i].label};
    if (bytes.ok() && decoder.Decode(*bytes, sample.image).ok()) samples.push_back(std::move(sample));
  }
  if (samples.empty()) return BadInput("no image could be used");
  return samples;
}

}  // namespace

const std::vector<std::string>& CommonLabels(const Zoo& zoo) {
  std::size_t best = 0;
  std::ptrdiff_t most = 0;
  for (std::size_t e = 0; e < zoo.entries.size(); ++e) {
    const auto count = std::count_if(zoo.entries.begin(), zoo.entries.end(),
                                     [&](const ZooEntry& other) { return other.labels == zoo.entries[e].labels; });
    if (count > most) {
      most = count;
      best = e;
    }
  }
  return zoo.entries[best].labels;
}

Result<std::vector<CardCheck>> CheckCards(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend,
                                          const CheckOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Sample> samples, Draw(zoo, images, options));
  std::vector<CardCheck> checks;
  for (const ZooEntry& entry : zoo.entries) {
    CandidateCheck check(entry, CommonLabels(zoo), samples);
    const Placement at = PlacementIn(options.elsewhere, entry.card.name, {&backend, options.session});
    AMSEL_RETURN_IF_ERROR(check.Open(*at.backend, at.options));
    AMSEL_ASSIGN_OR_RETURN(CardCheck result, CheckOne(check, entry.card.name, options));
    checks.push_back(std::move(result));
    if (options.progress) options.progress(checks.size(), zoo.entries.size());
  }
  return checks;
}

}  // namespace amsel
