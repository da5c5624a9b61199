#include "describe/trial.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "backend/candidate_runner.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "image/preprocess.h"
#include "stats/bootstrap.h"

namespace amsel {
namespace {

constexpr std::size_t kLooks = 16;
constexpr std::size_t kPart = 4;                           // images that one thread takes through all readings
constexpr std::size_t kParts = 16;                         // side by side, at most
constexpr std::size_t kMostValues = std::size_t{1} << 25;  // in memory until they are counted
constexpr double kMargin = 0.5;  // by how much a wrong answer may cost more than one that says nothing
constexpr double kLeastProbability = 4e-11;

double StandardError(const std::vector<double>& values) {
  std::vector<int> each(values.size());
  std::iota(each.begin(), each.end(), 0);
  return ClusteredStandardError(values, {}, each);
}

/// In what steps 8-bit outputs come.
double Quantum(const Card& card) {
  return card.output_type && ElementBytes(*card.output_type) == 1 ? card.output_scale : 0;
}

/// A name may stand for several classes: then the one in the same place is meant.
std::vector<int> ClassesOfLabels(const std::vector<std::string>& labels, const std::vector<std::string>& classes) {
  std::map<std::string_view, int> by_name;
  for (std::size_t c = 0; c < classes.size(); ++c) by_name.emplace(classes[c], static_cast<int>(c));
  std::vector<int> class_of;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto named = by_name.find(labels[i]);
    const bool same_place = i < classes.size() && classes[i] == labels[i];
    class_of.push_back(same_place ? static_cast<int>(i) : named == by_name.end() ? -1 : named->second);
  }
  return class_of;
}

/// The class that the map gives an output; −1: none.
int ClassOf(const LabelMap& map, std::size_t output, const std::vector<int>& class_of_label) {
  const int label = map.class_of[output];
  return label < 0 ? -1 : class_of_label[static_cast<std::size_t>(label)];
}

}  // namespace

Comparison Compare(const std::vector<Score>& one, const std::vector<Score>& other) {
  std::vector<double> log_probs;
  std::vector<double> right;
  for (std::size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
    log_probs.push_back(static_cast<double>(one[i].log_prob) - other[i].log_prob);
    right.push_back(static_cast<double>(one[i].right) - static_cast<double>(other[i].right));
  }
  Comparison better{WeightedMean(log_probs, {}), StandardError(log_probs), WeightedMean(right, {}),
                    StandardError(right)};
  if (right.size() < 2) better.log_prob_error = better.top1_error = INFINITY;
  return better;
}

bool ClearlyBetter(const Comparison& better) {
  return (better.top1 >= 0.05 && better.top1 >= 2 * better.top1_error) ||
         (better.top1 >= 0.02 && better.top1 >= 3 * better.top1_error);
}

double Top1(const std::vector<Score>& scores) {
  const auto right = std::count_if(scores.begin(), scores.end(), [](const Score& score) { return score.right; });
  return scores.empty() ? 0 : static_cast<double>(right) / static_cast<double>(scores.size());
}

std::size_t BestMap(const Tried& tried) {
  constexpr double kErrors = 2;
  std::size_t best = 0;
  for (std::size_t m = 1; m < tried.scores.size(); ++m) {
    const Comparison better = Compare(tried.scores[m], tried.scores[best]);
    if (better.log_prob > kErrors * better.log_prob_error && better.log_prob > 0) best = m;
  }
  return best;
}

Result<Trial> Trial::Start(CandidateRunner runner, const std::vector<std::string>& labels,
                           const std::vector<std::string>& classes, const Samples& samples) {
  Trial trial(std::move(runner), samples);
  const Card& card = trial.runner_.card();
  trial.class_of_label_ = ClassesOfLabels(labels, classes);
  AMSEL_RETURN_IF_ERROR(trial.Look(card.preprocess));
  trial.maps_ = LabelMaps(labels, OutputsOf(trial.values_), card.skip_leading_classes);
  return trial;
}

Status Trial::Look(const Preprocess& reading) {
  Preprocessor preprocessor(reading);
  std::vector<std::byte> tensor(TensorBytes(reading));
  OutputFacts facts(Quantum(runner_.card()));
  Status failure;
  SampleReader reader(*samples_);
  for (std::size_t i = 0; i < std::min(kLooks, samples_->size()); ++i) {
    AMSEL_ASSIGN_OR_RETURN(const Image* image, reader.Get(i));
    preprocessor.Apply(*image, tensor);
    const Result<std::vector<float>> row = Run(tensor);
    if (!row.ok()) {
      failure = row.error();
      continue;
    }
    facts.Add(*row);
    values_ = static_cast<int>(row->size());
  }
  if (values_ < 1 && !failure.ok()) return failure;
  if (values_ < 1) return BadInput("output `" + runner_.card().output_name + "` holds no value");
  kind_ = facts.Kind().value_or(runner_.card().output_kind);
  return {};
}

Result<std::vector<float>> Trial::Run(std::span<const std::byte> tensor) const {
  std::vector<float> row;
  AMSEL_RETURN_IF_ERROR(runner_.InferBatch(tensor, 1, row));
  return row;
}

std::vector<double> Trial::Readable(std::span<const float> row) const {
  const auto log_of = [](double p) { return std::log(std::max(p, kLeastProbability)); };
  if (row.size() == 1) {
    const double p = kind_ == OutputKind::kLogits ? 1 / (1 + std::exp(-static_cast<double>(row[0]))) : row[0];
    return {log_of(1 - p), log_of(p)};
  }
  std::vector<double> values(row.begin(), row.end());
  if (kind_ != OutputKind::kLogits) std::transform(values.begin(), values.end(), values.begin(), log_of);
  return values;
}

void Trial::AddRun(const Result<std::vector<float>>& run, int label, Tried& tried) const {
  const std::size_t image = tried.images();
  const auto befall = [image](Befallen& what) {
    if (what.count++ == 0) what.first = image;
  };
  if (!run.ok()) {
    if (tried.failed.count == 0) tried.failure = run.error().message;
    befall(tried.failed);
    return AddScores({}, /*usable=*/false, label, tried);
  }
  tried.facts.Add(*run);
  const bool finite = std::all_of(run->begin(), run->end(), [](float value) { return std::isfinite(value); });
  if (!finite) befall(tried.not_finite);
  AddScores(*run, finite && static_cast<int>(run->size()) == values_, label, tried);
}

void Trial::AddScores(std::span<const float> row, bool usable, int label, Tried& tried) const {
  const std::vector<double> values = usable ? Readable(row) : std::vector<double>();
  const auto floor = static_cast<float>(-std::log(static_cast<double>(class_of_label_.size())) - kMargin);
  for (std::size_t m = 0; m < maps_.size(); ++m) {
    Score score{floor};
    double largest = -INFINITY;
    double own = -INFINITY;
    int answer = -1;
    for (std::size_t o = 0; o < values.size(); ++o) {
      if (maps_[m].class_of[o] < 0) continue;
      const int its_class = ClassOf(maps_[m], o, class_of_label_);
      if (values[o] > largest) {
        largest = values[o];
        answer = its_class;
      }
      if (its_class == label) own = values[o];
    }
    double sum = 0;
    for (std::size_t o = 0; o < values.size(); ++o) {
      if (maps_[m].class_of[o] >= 0) sum += std::exp(values[o] - largest);
    }
    if (usable && sum > 0) {
      score.log_prob = std::max(floor, static_cast<float>(own - largest - std::log(sum)));
      score.right = answer == label;
      score.answer = answer;
    }
    tried.scores[m].push_back(score);
  }
}

Status Trial::Answer(std::size_t begin, std::size_t end, const std::vector<Asked>& asked,
                     std::span<Answers> answers) const {
  SampleReader reader(*samples_);
  std::vector<Preprocessor> preprocessors;
  std::size_t largest = 0;
  for (const Asked& one : asked) {
    preprocessors.emplace_back(one.tried->preprocess);
    largest = std::max(largest, TensorBytes(one.tried->preprocess));
  }
  std::vector<std::byte> room(largest);
  for (std::size_t i = begin; i < end; ++i) {
    AMSEL_ASSIGN_OR_RETURN(const Image* image, reader.Get(i));
    Answers& own = answers[i - begin];
    own.resize(asked.size());
    std::unordered_map<std::size_t, std::size_t> known;  // readings may come to the same numbers
    for (std::size_t a = 0; a < asked.size(); ++a) {
      if (asked[a].from > i) continue;
      const std::span<std::byte> tensor = std::span(room).first(TensorBytes(asked[a].tried->preprocess));
      preprocessors[a].Apply(*image, tensor);
      const std::string_view bytes(reinterpret_cast<const char*>(tensor.data()), tensor.size());
      const auto [at, fresh] = known.emplace(std::hash<std::string_view>()(bytes), a);
      own[a] = fresh ? std::make_shared<const Result<std::vector<float>>>(Run(tensor)) : own[at->second];
    }
  }
  return {};
}

Result<std::vector<const Tried*>> Trial::Try(const std::vector<Preprocess>& readings, std::size_t images) {
  images = std::min(images, samples_->size());
  std::vector<const Tried*> all;
  std::vector<Asked> asked;
  std::size_t first = images;
  for (const Preprocess& reading : readings) {
    const auto [it, fresh] = tried_.try_emplace(PreprocessKey(reading));
    if (fresh)
      it->second = {reading, std::vector<std::vector<Score>>(maps_.size()), OutputFacts(Quantum(runner_.card()))};
    all.push_back(&it->second);
    const bool listed = std::any_of(asked.begin(), asked.end(), [&](const Asked& a) { return a.tried == &it->second; });
    if (listed || it->second.images() >= images) continue;
    first = std::min(first, it->second.images());
    asked.push_back({&it->second, it->second.images()});
  }
  const std::size_t values = std::max<std::size_t>(1, asked.size() * static_cast<std::size_t>(std::max(1, values_)));
  const std::size_t chunk = std::clamp(kMostValues / values, kPart, kPart * kParts);
  const std::size_t part = runner_.concurrent() ? kPart : chunk;
  for (std::size_t begin = first; begin < images; begin += chunk) {
    const std::size_t end = std::min(begin + chunk, images);
    std::vector<Answers> answers(end - begin);
    std::vector<Status> faults((end - begin + part - 1) / part);
    ParallelFor(faults.size(), [&](std::size_t p) {
      const std::size_t from = begin + p * part;
      const std::size_t to = std::min(from + part, end);
      faults[p] = Answer(from, to, asked, std::span(answers).subspan(from - begin, to - from));
    });
    for (const Status& fault : faults) AMSEL_RETURN_IF_ERROR(fault);
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t a = 0; a < asked.size(); ++a) {
        const auto& answer = answers[i - begin][a];
        if (answer) AddRun(*answer, samples_->labels()[i], *asked[a].tried);
      }
    }
  }
  return all;
}

Result<bool> Trial::BatchesAgree(const Preprocess& reading) {
  if (!runner_.takes_batches()) return true;
  Preprocessor preprocessor(reading);
  const std::size_t bytes = TensorBytes(reading);
  std::vector<std::byte> both(2 * bytes);
  std::vector<float> alone;
  std::size_t answered = 0;
  SampleReader reader(*samples_);
  for (std::size_t i = 0; i < samples_->size() && answered < 2; ++i) {
    AMSEL_ASSIGN_OR_RETURN(const Image* image, reader.Get(i));
    const std::span<std::byte> tensor = std::span(both).subspan(answered * bytes, bytes);
    preprocessor.Apply(*image, tensor);
    const Result<std::vector<float>> row = Run(tensor);
    if (!row.ok()) continue;
    alone.insert(alone.end(), row->begin(), row->end());
    ++answered;
  }
  if (answered < 2) return true;
  std::vector<float> together;
  if (!runner_.InferBatch(both, 2, together).ok() || together.size() != alone.size()) return false;
  const auto [least, most] = std::minmax_element(alone.begin(), alone.end());
  const float tolerance = 0.01F * std::max(1e-3F, *most - *least);
  return std::equal(alone.begin(), alone.end(), together.begin(), [&](float a, float b) {
    return std::fabs(a - b) <= tolerance || (std::isnan(a) && std::isnan(b));
  });
}

}  // namespace amsel
