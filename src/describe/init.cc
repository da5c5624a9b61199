#include "describe/init.h"

#include <fmt/core.h>

#include <algorithm>

#include "backend/candidate_runner.h"
#include "base/json.h"
#include "base/named_value.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "card/zoo.h"
#include "describe/class_names.h"
#include "describe/config.h"
#include "describe/dnn_arguments.h"
#include "describe/draft.h"
#include "describe/faults.h"
#include "describe/write_zoo.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

/// One DNN on its way to a card.
struct Described {
  std::string name;
  std::string file;
  std::shared_ptr<Session> session;
  DraftCard draft;
  FrameworkConfig config;
  std::vector<std::string> labels;  ///< in the order of its outputs
  InitReport report;
};

Status ReadConfigs(const InitOptions& options, std::vector<Described>& dnns) {
  for (const std::string& argument : options.configs) {
    const auto [name, file] = ParseNamedValue(argument);
    AMSEL_ASSIGN_OR_RETURN(const FrameworkConfig config, ReadFrameworkConfig(file));
    bool used = false;
    for (Described& dnn : dnns) {
      if (name && dnn.name != *name) continue;
      used = true;
      if (config.preprocess) {
        dnn.config.preprocess = config.preprocess;
        dnn.config.source = config.source;
      }
      if (!config.labels.empty()) dnn.config.labels = config.labels;
    }
    if (!used) return UsageError("--from " + argument + ": there is no DNN called " + name.value_or(""));
  }
  return {};
}

/// What the file's own metadata say stands behind a configuration.
void ReadMetadata(Described& dnn) {
  FrameworkConfig own = FromMetadata(dnn.draft.metadata, dnn.file);
  if (!dnn.config.preprocess && own.preprocess) {
    dnn.config.preprocess = own.preprocess;
    dnn.config.source = own.source;
  }
  if (dnn.config.labels.empty()) dnn.config.labels = own.labels;
}

/// Names go into a file, one a line.
Status CheckNames(const ClassNames& classes) {
  if (classes.names.size() < 2) {
    return BadInput(classes.from + ": names fewer than two classes; give --labels FILE with a line for each");
  }
  for (const std::string& name : classes.names) {
    const bool plain = std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
    if (plain && IsUtf8(name) && !name.empty() && name.front() != ' ' && name.back() != ' ') continue;
    return BadInput(classes.from + ": a class is called `" + name +
                    "`, which is no line of a labels file; give --labels FILE");
  }
  return {};
}

/// What describes several DNNs must name the classes alike, or none knows whose order is meant.
Status CheckSameNames(const Described& dnn, const Described& first) {
  const auto& labels = dnn.config.labels;
  if (labels.size() < 2 || ArePlaceholders(labels) || labels == first.config.labels) return {};
  return BadInput(dnn.file + ": what describes it names other classes, or another order, than what describes " +
                  first.file + "; give --labels FILE");
}

/// Where no labels file was given.
Result<ClassNames> FindClassNames(const InitOptions& options, const std::vector<Described>& dnns) {
  for (const Described& dnn : dnns) {
    const auto& labels = dnn.config.labels;
    if (labels.size() < 2 || ArePlaceholders(labels)) continue;
    for (const Described& other : dnns) AMSEL_RETURN_IF_ERROR(CheckSameNames(other, dnn));
    return ClassNames{labels, "what describes " + dnn.name};
  }
  int most = 0;
  for (const Described& dnn : dnns) most = std::max(most, OutputsOf(dnn.draft.values));
  ClassNames found;
  if (!options.images.empty()) {
    AMSEL_ASSIGN_OR_RETURN(found, ClassNamesOf(options.images));
  }
  if (!found.names.empty()) return found;
  if (most > 1) return NumbersFor(most);
  return UsageError("nothing tells how many classes there are; give --labels FILE, one class a line");
}

Status CheckCount(const Described& dnn, const ClassNames& classes) {
  const int values = OutputsOf(dnn.draft.values);
  const int count = static_cast<int>(classes.names.size());
  if (values == 0 || (values >= count - 1 && values <= count + 1)) return {};
  return BadInput(dnn.file + ": output `" + dnn.draft.card.output_name + "` has " + std::to_string(dnn.draft.values) +
                  " values, but there are " + std::to_string(count) + " labels (" + classes.from +
                  "); give --labels FILE with a line for each class of the DNN");
}

/// The configuration's reading, as far as the file agrees.
Result<Preprocess> ConfiguredReading(const Described& dnn) {
  const Preprocess& file = dnn.draft.card.preprocess;
  Preprocess p = *dnn.config.preprocess;
  p.layout = file.layout;
  p.type = file.type;
  p.scale = file.scale;
  p.zero_point = file.zero_point;
  if (ElementBytes(p.type) == 1) {  // which bring their normalisation
    p = With(p, Aspect::kNormalization, Usual(Aspect::kNormalization, file).front());
  }
  if (file.channels == ChannelOrder::kGray) {
    return BadInput(dnn.file + ": takes grey pictures, and " + dnn.config.source + " speaks of colours");
  }
  if (!dnn.draft.free_size && (p.height != file.height || p.width != file.width)) {
    return BadInput(dnn.file + ": takes " + std::to_string(file.height) + " x " + std::to_string(file.width) +
                    ", but " + dnn.config.source + " says " + std::to_string(p.height) + " x " +
                    std::to_string(p.width));
  }
  return p;
}

/// What is likeliest where nothing is known.
Preprocess DefaultReading(const DraftCard& draft) {
  Preprocess p = draft.card.preprocess;
  if (draft.free_size) p = With(p, Aspect::kSize, Usual(Aspect::kSize, p).front());
  for (const Aspect aspect : {Aspect::kNormalization, Aspect::kFit, Aspect::kInterpolation}) {
    p = With(p, aspect, Usual(aspect, p).front());
  }
  return p;
}

/// Where images do not clearly say otherwise, the configuration stands.
Status PreferConfigured(Trial& trial, const Preprocess& configured, FoundReading& found, InitReport& report) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> tried, trial.Try({configured}, trial.samples().size()));
  const std::size_t map = BestMap(*tried.front());
  const Comparison better = Compare(found.scores(), tried.front()->scores[map]);
  if (ClearlyBetter(better)) {
    report.notes.push_back(fmt::format("{} was overruled by the images: read so, {:.1f} points fewer are right",
                                       report.config, 100 * better.top1));
  } else {
    found.tried = tried.front();
    found.map = map;
  }
  return {};
}

Status TakeLabels(const LabelMap& map, const ClassNames& classes, Described& dnn) {
  dnn.report.card.skip_leading_classes = map.skip;
  dnn.labels = classes.names;
  if (map.skip > 0) dnn.report.notes.push_back(fmt::format("{} leading output(s) stand for no class", map.skip));
  const std::vector<std::string> ordered = LabelsInOrder(map, classes.names);
  if (ordered == classes.names) return {};
  if (ordered.empty()) {
    return BadInput(dnn.file + ": its outputs fit the images best with " + map.change +
                    ", which leaves a label without output; give --labels FILE with a line for each class of the DNN");
  }
  dnn.labels = ordered;
  dnn.report.notes.push_back("the outputs fit the images with other labels than " + classes.from + ": " + map.change);
  return {};
}

/// A DNN's trial on images and what came of it.
struct Tryout {
  Trial trial;
  FoundReading found;
  bool free_size = false;
};

Result<Tryout> TryOnImages(const ClassNames& classes, const Samples& samples, const SearchOptions& search,
                           Described& dnn) {
  InitReport& report = dnn.report;
  std::vector<Preprocess> first;
  if (dnn.config.preprocess) {
    AMSEL_ASSIGN_OR_RETURN(const Preprocess configured, ConfiguredReading(dnn));
    first.push_back(configured);
  }
  const bool free_size = dnn.draft.free_size && first.empty();
  first.push_back(DefaultReading(dnn.draft));
  report.card.preprocess = first.front();
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Over(dnn.session, dnn.file, report.card, kAnyOutputs));
  AMSEL_ASSIGN_OR_RETURN(Trial trial, Trial::Start(std::move(runner), classes.names, classes.names, samples));
  AMSEL_ASSIGN_OR_RETURN(FoundReading found, FindReading(trial, first, free_size, search));
  if (dnn.config.preprocess) AMSEL_RETURN_IF_ERROR(PreferConfigured(trial, first.front(), found, report));
  return Tryout{std::move(trial), found, free_size};
}

/// What a configuration says is left as it is.
Status Agree(const std::vector<Described>& dnns, std::vector<Tryout>& tryouts) {
  std::vector<Trial*> trials;
  std::vector<FoundReading*> found;
  for (std::size_t d = 0; d < dnns.size(); ++d) {
    if (dnns[d].config.preprocess) continue;
    trials.push_back(&tryouts[d].trial);
    found.push_back(&tryouts[d].found);
  }
  return found.empty() ? Status() : AgreeWhereTied(trials, found);
}

Status DescribeByImages(const ClassNames& classes, Tryout& tryout, Described& dnn) {
  InitReport& report = dnn.report;
  const FoundReading& found = tryout.found;
  AMSEL_ASSIGN_OR_RETURN(report.alternatives, Alternatives(tryout.trial, found, tryout.free_size));
  report.images = static_cast<int>(tryout.trial.samples().size());
  report.top1 = Top1(found.scores());
  report.card.preprocess = found.tried->preprocess;
  report.card.output_kind = found.tried->facts.Kind().value_or(report.card.output_kind);
  AMSEL_RETURN_IF_ERROR(TakeLabels(tryout.trial.maps()[found.map], classes, dnn));
  AMSEL_ASSIGN_OR_RETURN(report.faults, FaultsOf(tryout.trial, found.tried->preprocess, found.map, classes.names));
  return {};
}

/// Every DNN's card, by what all of them answer to the images.
Status DescribeAllByImages(const InitOptions& options, const ClassNames& classes, const Samples& samples,
                           std::vector<Described>& dnns) {
  std::vector<Tryout> tryouts;
  for (Described& dnn : dnns) {
    const std::size_t before = tryouts.size() * kSearchSteps;
    const SearchOptions search{[&, before](int step) {
      if (options.progress) options.progress(before + static_cast<std::size_t>(step), dnns.size() * kSearchSteps);
    }};
    AMSEL_ASSIGN_OR_RETURN(Tryout tryout, TryOnImages(classes, samples, search, dnn));
    tryouts.push_back(std::move(tryout));
  }
  AMSEL_RETURN_IF_ERROR(Agree(dnns, tryouts));
  for (std::size_t d = 0; d < dnns.size(); ++d) {
    AMSEL_RETURN_IF_ERROR(DescribeByImages(classes, tryouts[d], dnns[d]));
  }
  return {};
}

Status DescribeByFiles(const ClassNames& classes, Described& dnn) {
  InitReport& report = dnn.report;
  dnn.labels = classes.names;
  report.card.preprocess = DefaultReading(dnn.draft);
  if (dnn.config.preprocess) {
    AMSEL_ASSIGN_OR_RETURN(report.card.preprocess, ConfiguredReading(dnn));
    if (ElementBytes(report.card.preprocess.type) == 1)
      report.card.assumed.emplace_back(FieldOf(Aspect::kNormalization));
  } else {
    report.card.assumed = {FieldOf(Aspect::kNormalization), FieldOf(Aspect::kChannels), FieldOf(Aspect::kFit),
                           FieldOf(Aspect::kInterpolation)};
    if (dnn.draft.free_size) report.card.assumed.emplace_back(FieldOf(Aspect::kSize));
  }
  if (classes.assumed) report.card.assumed.emplace_back("labels");
  const int values = OutputsOf(dnn.draft.values);
  if (values == static_cast<int>(classes.names.size()) + 1) {
    report.card.skip_leading_classes = 1;
    report.notes.emplace_back("there is one output more than labels: the first is taken for a background class");
  }
  return {};
}

Result<Samples> DrawSamples(const InitOptions& options, const ClassNames& classes, const std::vector<Described>& dnns,
                            std::vector<std::string>& notices) {
  AMSEL_ASSIGN_OR_RETURN(const Dataset listed, LoadDataset(options.images, classes.names));
  notices = listed.notices;
  std::vector<Preprocess> inputs;
  for (const Described& dnn : dnns) {
    inputs.push_back(DefaultReading(dnn.draft));
    if (dnn.config.preprocess) inputs.push_back(*dnn.config.preprocess);
    if (!dnn.draft.free_size) continue;
    for (const Preprocess& size : Usual(Aspect::kSize, dnn.draft.card.preprocess)) inputs.push_back(size);
  }
  return Samples::Draw(listed.images, options.sample, options.seed, {options.decode.max_pixels, MinSideToTry(inputs)});
}

Status CheckOneOrder(const std::vector<Described>& dnns) {
  for (const Described& dnn : dnns) {
    if (dnn.labels == dnns.front().labels) continue;
    return BadInput(dnn.file + ": its outputs stand for the classes in another order than those of " +
                    dnns.front().file + "; one zoo needs one order");
  }
  return {};
}

}  // namespace

Result<InitResult> InitZoo(const InitOptions& options, Backend& backend) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<NamedDnn> named, NamedDnns(options.dnns));
  std::vector<Described> dnns(named.size());
  for (std::size_t d = 0; d < named.size(); ++d) {
    dnns[d].name = named[d].name;
    dnns[d].file = named[d].file;
  }
  AMSEL_RETURN_IF_ERROR(ReadConfigs(options, dnns));
  ClassNames classes;
  if (!options.labels.empty()) {
    AMSEL_ASSIGN_OR_RETURN(classes.names, ReadLabels(options.labels));
    classes.from = options.labels;
  }
  for (Described& dnn : dnns) {
    AMSEL_RETURN_IF_ERROR(CheckPlace(options.out, dnn.name, dnn.file, options.force));
    AMSEL_RETURN_IF_ERROR(FindDnnFiles(dnn.file));
    AMSEL_ASSIGN_OR_RETURN(dnn.session, backend.Open(dnn.file, options.session));
    AMSEL_ASSIGN_OR_RETURN(
        dnn.draft, DraftFrom(dnn.session->info(), dnn.file, options.output, static_cast<int>(classes.names.size())));
    ReadMetadata(dnn);
    dnn.report.card = dnn.draft.card;
    dnn.report.card.name = dnn.name;
    dnn.report.card.labels = kLabelsOfCards;
    dnn.report.file = dnn.file;
    dnn.report.config = dnn.config.preprocess ? dnn.config.source : "";
  }
  if (options.labels.empty()) {
    AMSEL_ASSIGN_OR_RETURN(classes, FindClassNames(options, dnns));
  }
  AMSEL_RETURN_IF_ERROR(CheckNames(classes));
  for (const Described& dnn : dnns) AMSEL_RETURN_IF_ERROR(CheckCount(dnn, classes));
  std::vector<std::string> names;
  for (const Described& dnn : dnns) names.push_back(dnn.name);
  AMSEL_RETURN_IF_ERROR(CheckZooThere(options.out, names, options.labels.empty() ? nullptr : &classes.names));
  std::optional<Samples> samples;
  std::vector<std::string> notices;
  if (!options.images.empty()) {
    AMSEL_ASSIGN_OR_RETURN(samples, DrawSamples(options, classes, dnns, notices));
  }
  if (samples) AMSEL_RETURN_IF_ERROR(DescribeAllByImages(options, classes, *samples, dnns));
  for (Described& dnn : dnns) {
    if (!samples) AMSEL_RETURN_IF_ERROR(DescribeByFiles(classes, dnn));
    AMSEL_RETURN_IF_ERROR(
        MatchCard(dnn.session->info(), static_cast<int>(dnn.labels.size()), dnn.file, dnn.report.card));
  }
  AMSEL_RETURN_IF_ERROR(CheckOneOrder(dnns));
  InitResult result{{}, dnns.front().labels, classes.from, std::move(notices)};
  if (samples) result.skipped = samples->skipped();
  for (Described& dnn : dnns) result.reports.push_back(std::move(dnn.report));
  AMSEL_RETURN_IF_ERROR(WriteZoo(result, options.out));
  return result;
}

}  // namespace amsel
