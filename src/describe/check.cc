#include "describe/check.h"

#include <algorithm>
#include <filesystem>

#include "backend/candidate_runner.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "describe/faults.h"
#include "describe/search.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

/// A reading of pixels under one label map.
struct Reading {
  Preprocess preprocess;
  std::size_t map = 0;
};

Result<std::vector<Score>> ScoresOf(Trial& trial, const Reading& reading) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> tried,
                         trial.Try({reading.preprocess}, trial.samples().size()));
  return tried.front()->scores[reading.map];
}

/// One way in which two readings differ.
struct Change {
  std::optional<Aspect> aspect;  ///< absent: the label map
  Reading Apply(Reading reading, const Reading& from) const {
    if (aspect) {
      reading.preprocess = With(reading.preprocess, *aspect, from.preprocess);
    } else {
      reading.map = from.map;
    }
    return reading;
  }
};

std::vector<Change> Differences(const Reading& a, const Reading& b) {
  std::vector<Change> changes;
  for (const Aspect aspect : kAspects) {
    if (!(With(a.preprocess, aspect, b.preprocess) == a.preprocess)) changes.push_back({aspect});
  }
  if (a.map != b.map) changes.emplace_back();
  return changes;
}

/// `found` with what the card says wherever that is not told apart from it.
Result<Reading> Reverted(Trial& trial, Reading found, const Reading& card) {
  for (const Change& change : Differences(found, card)) {
    const Reading as_card = change.Apply(found, card);
    AMSEL_ASSIGN_OR_RETURN(const std::vector<Score> with, ScoresOf(trial, found));
    AMSEL_ASSIGN_OR_RETURN(const std::vector<Score> without, ScoresOf(trial, as_card));
    const Comparison better = Compare(with, without);
    if (better.log_prob <= 2 * better.log_prob_error || better.top1 < 0.01) found = as_card;
  }
  return found;
}

std::string Advice(const Trial& trial, const Change& change, const Reading& from, const Reading& to) {
  if (!change.aspect) return trial.maps()[to.map].change;
  const Aspect aspect = *change.aspect;
  if (aspect == Aspect::kNormalization) {
    for (const double factor : {255.0, 1 / 255.0}) {
      Preprocess scaled = from.preprocess;
      for (double& value : scaled.mean) value *= factor;
      for (double& value : scaled.std) value *= factor;
      if (!(scaled == With(scaled, aspect, to.preprocess))) continue;
      return factor > 1 ? "multiplied by 255 (the DNN wants pixels scaled to 0..1)"
                        : "divided by 255 (the DNN wants pixels in 0..255)";
    }
  }
  return ValueOf(aspect, to.preprocess) + " instead of " + ValueOf(aspect, from.preprocess);
}

/// The changes from the card to what was found, the most helpful first.
Status ListChanges(Trial& trial, Reading at, const Reading& found, CardCheck& check) {
  for (std::vector<Change> left = Differences(at, found); !left.empty();) {
    AMSEL_ASSIGN_OR_RETURN(const std::vector<Score> before, ScoresOf(trial, at));
    std::size_t best = 0;
    std::vector<Score> after;
    for (std::size_t i = 0; i < left.size(); ++i) {
      AMSEL_ASSIGN_OR_RETURN(std::vector<Score> scores, ScoresOf(trial, left[i].Apply(at, found)));
      if (!after.empty() && Compare(scores, after).log_prob <= 0) continue;
      best = i;
      after = std::move(scores);
    }
    const Change change = left[best];
    const Reading next = change.Apply(at, found);
    check.findings.push_back({change.aspect ? FieldOf(*change.aspect) : "output.skip_leading_classes and labels",
                              Advice(trial, change, at, next), Top1(before), Top1(after)});
    at = next;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return {};
}

void CheckKind(const OutputFacts& facts, CardCheck& check) {
  const std::optional<OtherKind> other = KindAgainst(check.corrected.output_kind, facts);
  if (!other) return;
  check.corrected.output_kind = other->kind;
  check.findings.push_back({"output.kind", other->why, check.top1, check.top1});
}

/// What the label map asks of the card; a fault where no card can say it.
void CorrectLabels(const LabelMap& map, const std::vector<std::string>& labels, CardCheck& check) {
  check.corrected.skip_leading_classes = map.skip;
  const std::vector<std::string> ordered = LabelsInOrder(map, labels);
  if (ordered.empty()) {
    check.faults.emplace_back(
        "some labels have no output: give it a labels file with a line for each class of the DNN");
  } else if (ordered != labels) {
    check.corrected_labels = ordered;
  }
}

Status CheckOne(const ZooEntry& entry, const std::shared_ptr<Session>& session, const std::vector<std::string>& classes,
                Samples& samples, const SearchOptions& search, CardCheck& check) {
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Over(session, entry.model_file, entry.card, kAnyOutputs));
  Card card = runner.card();
  check.corrected = card;
  AMSEL_ASSIGN_OR_RETURN(Trial trial, Trial::Start(std::move(runner), entry.labels, classes, samples));
  const int outputs = OutputsOf(trial.values());
  const int labels = static_cast<int>(entry.labels.size());
  // One output more or less, and another kind, are findings. What no such change mends is refused as when profiling.
  const bool for_two = trial.values() == 1 || card.output_kind == OutputKind::kSigmoid;
  if (std::abs(outputs - labels) > 1 || (for_two && (labels != 2 || card.skip_leading_classes != 0))) {
    AMSEL_RETURN_IF_ERROR(CandidateRunner::Over(session, entry.model_file, card, labels));
  }
  const Reading as_is{card.preprocess, 0};
  AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> as_card, trial.Try({card.preprocess}, samples.size()));
  check.images = static_cast<int>(samples.size());
  check.top1 = Top1(as_card.front()->scores[0]);
  AMSEL_ASSIGN_OR_RETURN(const FoundReading found, FindReading(trial, {card.preprocess}, /*free_size=*/false, search));
  AMSEL_ASSIGN_OR_RETURN(const Reading better, Reverted(trial, {found.tried->preprocess, found.map}, as_is));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Score> scores, ScoresOf(trial, better));
  const bool wrong = ClearlyBetter(Compare(scores, as_card.front()->scores[0]));
  if (wrong) {
    AMSEL_RETURN_IF_ERROR(ListChanges(trial, as_is, better, check));
    check.corrected.preprocess = better.preprocess;
    CorrectLabels(trial.maps()[better.map], entry.labels, check);
  }
  CheckKind(as_card.front()->facts, check);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> faults,
                         FaultsOf(trial, wrong ? better.preprocess : card.preprocess, wrong ? better.map : 0, classes));
  check.faults.insert(check.faults.end(), faults.begin(), faults.end());
  return {};
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
                                          const CheckOptions& options,
                                          std::vector<std::pair<std::string, std::string>>* skipped) {
  std::vector<Preprocess> inputs;
  for (const ZooEntry& entry : zoo.entries) inputs.push_back(entry.card.preprocess);
  AMSEL_ASSIGN_OR_RETURN(Samples samples, Samples::Draw(images, options.images, options.seed,
                                                        {options.decode.max_pixels, MinSideToTry(inputs)}));
  if (skipped != nullptr) *skipped = samples.skipped();
  std::vector<CardCheck> checks;
  for (const ZooEntry& entry : zoo.entries) {
    CardCheck check{entry.card.name, 0, 0, {}, {}, entry.card, {}};
    const Placement at = PlacementIn(options.elsewhere, entry.card.name, {&backend, options.session});
    auto session = at.backend->Open(entry.model_file, at.options);
    const SearchOptions search{[&](int step) {
                                 if (options.progress) {
                                   options.progress(checks.size() * kSearchSteps + static_cast<std::size_t>(step),
                                                    zoo.entries.size() * kSearchSteps);
                                 }
                               },
                               /*misread=*/true};
    const Status checked = session.ok()
                               ? CheckOne(entry, std::move(*session), CommonLabels(zoo), samples, search, check)
                               : Status(session.error());
    if (!checked.ok()) check.faults.push_back(checked.error().message);
    checks.push_back(std::move(check));
  }
  return checks;
}

namespace {

/// Keeps what is to be replaced: FILE.old is the first that there was, and never replaced itself.
Status KeepOld(const std::string& file, const std::string& content) {
  const std::string old = file + ".old";
  std::error_code failure;
  return std::filesystem::exists(old, failure) ? Status() : WriteFileAtomically(old, content);
}

}  // namespace

Status FixCard(const ZooEntry& entry, const CardCheck& check) {
  namespace fs = std::filesystem;
  if (fs::path(entry.card_file).filename() != "card.json") {
    return UsageError(entry.card_file + ": stands for several candidates, so that --fix cannot correct it for " +
                      check.candidate + "; give that a card.json of its own");
  }
  AMSEL_ASSIGN_OR_RETURN(const std::string old, ReadFile(entry.card_file, kMaxCardBytes));
  AMSEL_ASSIGN_OR_RETURN(Json json, ParseJson(old, entry.card_file));
  Card card = check.corrected;
  const fs::path folder = fs::path(entry.card_file).parent_path();
  if (!check.corrected_labels.empty()) {
    const std::string file = (folder / "labels.txt").string();
    std::error_code failure;
    if (fs::exists(file, failure)) {
      AMSEL_ASSIGN_OR_RETURN(const std::string labels, ReadFile(file));
      AMSEL_RETURN_IF_ERROR(KeepOld(file, labels));
    }
    std::string text;
    for (const std::string& label : check.corrected_labels) text += label + "\n";
    AMSEL_RETURN_IF_ERROR(WriteFileAtomically(file, text));
    card.labels = "labels.txt";
  }
  const Json fresh = CardToJson(card);
  for (const char* key : {"input", "preprocess", "output", "labels"}) json[key] = fresh[key];
  json.erase("assumed");
  AMSEL_RETURN_IF_ERROR(KeepOld(entry.card_file, old));
  return WriteFileAtomically(entry.card_file, PrettyText(json));
}

}  // namespace amsel
