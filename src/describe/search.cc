// Successive elimination of readings (as Hoeffding races: Maron and Moore, NIPS 1993) by paired differences.
#include "describe/search.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/status_macros.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

/// On how many images those that are left are tried, and how many go on at most.
struct Round {
  std::size_t images;
  std::size_t keep;
};
constexpr Round kRounds[] = {{24, 12}, {72, 5}};
constexpr double kOut = 3;           // standard errors behind the best that end a reading's race
constexpr double kToldApart = 2;     // standard errors
constexpr double kNothing = 0.002;   // of log-probability: roundings of pixels make as much
constexpr double kPerRank = 0.5;     // standard errors that each place down a list of usual values has to earn
constexpr double kSurelyRead = 0.5;  // so many are right under one label map alone

/// By how many standard errors the first is better.
double Ahead(const Comparison& better) {
  return better.log_prob > kNothing ? better.log_prob / better.log_prob_error : 0;
}

/// Whether the first is better by more than chance.
bool ToldApart(const Comparison& better) {
  return Ahead(better) > kToldApart || better.top1 > kToldApart * better.top1_error;
}

std::vector<Score> First(const std::vector<Score>& scores, std::size_t images) {
  return {scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(std::min(images, scores.size()))};
}

/// Mean log-probability of each.
std::vector<double> Means(const std::vector<std::vector<Score>>& scores) {
  std::vector<double> means;
  for (const std::vector<Score>& one : scores) {
    double sum = 0;
    for (const Score& score : one) sum += score.log_prob;
    means.push_back(sum / static_cast<double>(std::max<std::size_t>(1, one.size())));
  }
  return means;
}

/// How far down the lists of usual values the reading's own stand; what one of `first` says stands at their top.
double Rarity(const Preprocess& p, const std::vector<Preprocess>& first) {
  double places = 0;
  for (const Aspect aspect : kAspects) {
    const auto same = [&, value = ValueOf(aspect, p)](const Preprocess& one) { return ValueOf(aspect, one) == value; };
    if (std::any_of(first.begin(), first.end(), same)) continue;
    const std::vector<Preprocess> usual = Usual(aspect, p);
    places += static_cast<double>(std::find_if(usual.begin(), usual.end(), same) - usual.begin());
  }
  return places;
}

struct RaceResult {
  const Tried* best = nullptr;    ///< by its mean log-probability
  const Tried* winner = nullptr;  ///< the likeliest: what is rare must be ahead by so much the more
};

/// Readings against each other, under the labels as they stand or under whichever map fits each best.
class Races {
 public:
  /// `first` are the likeliest before anything is tried.
  Races(Trial& trial, std::vector<Preprocess> first, bool any_labels)
      : trial_(trial), first_(std::move(first)), any_labels_(any_labels) {}

  std::size_t MapOf(const Tried& tried) const { return any_labels_ ? BestMap(tried) : 0; }

  Result<RaceResult> Run(std::vector<Preprocess> readings) {
    const std::size_t all = trial_.samples().size();
    for (const Round& round : kRounds) {
      if (round.images >= all || readings.size() < 2) continue;
      AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> tried, trial_.Try(readings, round.images));
      readings = StillInReach(tried, round);
    }
    return Judge(readings);
  }

  /// Tries all on all images.
  Result<RaceResult> Judge(const std::vector<Preprocess>& readings) {
    const std::size_t all = trial_.samples().size();
    AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> finalists, trial_.Try(readings, all));
    const std::vector<std::vector<Score>> scores = ScoresOf(finalists, all);
    const std::vector<double> means = Means(scores);
    const auto best = static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
    RaceResult result{finalists[best], nullptr};
    double least = INFINITY;
    for (std::size_t i = 0; i < finalists.size(); ++i) {
      const Comparison behind = Compare(scores[best], scores[i]);
      if (i != best && (ToldApart(behind) || finalists[i]->failed.count > finalists[best]->failed.count)) continue;
      const double lag = Ahead(behind) + kPerRank * Rarity(finalists[i]->preprocess, first_);
      if (lag < least) result.winner = finalists[i];
      least = std::min(least, lag);
    }
    return result;
  }

 private:
  /// On the first images, on which others have been tried too.
  std::vector<std::vector<Score>> ScoresOf(const std::vector<const Tried*>& tried, std::size_t images) const {
    std::vector<std::vector<Score>> scores;
    for (const Tried* one : tried) scores.push_back(First(one->scores[MapOf(*one)], images));
    return scores;
  }

  /// Those that the best has not left clearly behind, in their order.
  std::vector<Preprocess> StillInReach(const std::vector<const Tried*>& tried, const Round& round) const {
    const std::vector<std::vector<Score>> scores = ScoresOf(tried, round.images);
    const std::vector<double> means = Means(scores);
    const auto best = static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
    std::vector<double> sorted = means;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const double least = sorted[std::min(round.keep, sorted.size()) - 1];
    std::vector<Preprocess> left;
    std::size_t room = round.keep - 1;  // beside the best, which many may tie with
    for (std::size_t i = 0; i < tried.size(); ++i) {
      const Comparison behind = Compare(scores[best], scores[i]);
      const bool in_reach = means[i] >= least && behind.log_prob <= kOut * behind.log_prob_error && room > 0;
      if (i != best && !in_reach) continue;
      if (i != best) --room;
      left.push_back(tried[i]->preprocess);
    }
    return left;
  }

  Trial& trial_;
  std::vector<Preprocess> first_;
  bool any_labels_;
};

/// Adds what is not there.
void AddAll(const std::vector<Preprocess>& more, std::vector<Preprocess>& all) {
  for (const Preprocess& one : more) {
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  }
}

/// Every usual value of the aspect in each of `readings`, without repetition and before them.
std::vector<Preprocess> Multiplied(const std::vector<Preprocess>& readings, Aspect aspect) {
  std::vector<Preprocess> all;
  for (const Preprocess& reading : readings) AddAll(Usual(aspect, reading), all);
  AddAll(readings, all);
  return all;
}

/// A card's own mistakes: its numbers in the other range, or with the other order of channels as they stand.
std::vector<Preprocess> Misread(const std::vector<Preprocess>& readings) {
  std::vector<Preprocess> all;
  for (const Preprocess& reading : readings) {
    for (const double factor : {1.0, 255.0, 1 / 255.0}) {
      Preprocess one = reading;
      for (double& value : one.mean) value *= factor;
      for (double& value : one.std) value *= factor;
      all.push_back(one);
      if (one.channels == ChannelOrder::kGray) continue;
      one.channels = one.channels == ChannelOrder::kRgb ? ChannelOrder::kBgr : ChannelOrder::kRgb;
      all.push_back(one);
    }
  }
  return all;
}

/// All normalisations and orders of channels (and sizes), with the picture taken as `like` has it.
std::vector<Preprocess> Colours(const std::vector<Preprocess>& first, const Preprocess& like, bool free_size,
                                bool misread) {
  std::vector<Preprocess> own;
  for (const Preprocess& reading : first) {
    AddAll({With(With(like, Aspect::kNormalization, reading), Aspect::kChannels, reading)}, own);
  }
  std::vector<Preprocess> all = misread ? Misread(own) : own;
  std::vector<Preprocess> usual = {like};
  if (free_size) usual = Multiplied(usual, Aspect::kSize);
  AddAll(Multiplied(Multiplied(usual, Aspect::kChannels), Aspect::kNormalization), all);
  return all;
}

/// All ways to take and resize the picture, with the colours of `like`.
std::vector<Preprocess> Shapes(const std::vector<Preprocess>& first, const Preprocess& like) {
  std::vector<Preprocess> all;
  for (const Preprocess& reading : first) {
    AddAll({With(With(like, Aspect::kFit, reading), Aspect::kInterpolation, reading)}, all);
  }
  AddAll(Multiplied(Multiplied({like}, Aspect::kFit), Aspect::kInterpolation), all);
  return all;
}

/// What colours are first looked for with: as the likeliest reading takes the picture, and the whole of it.
std::vector<Preprocess> FirstShapes(const Preprocess& likeliest) {
  Preprocess whole = likeliest;
  whole.fit = Fit::kSquash;
  whole.resize_side = 0;
  whole.center_crop_fraction = 1;
  return {likeliest, whole};
}

/// A race drops the usual where others were ahead on its first images by chance: these once more, an aspect at a time.
Result<RaceResult> TryUsual(Races& races, const std::vector<Preprocess>& first, RaceResult race) {
  for (const Aspect aspect : {Aspect::kFit, Aspect::kInterpolation}) {
    const Preprocess own = race.winner->preprocess;
    std::vector<Preprocess> all = {race.best->preprocess, own};
    for (const Preprocess& reading : first) AddAll({With(own, aspect, reading)}, all);
    for (const Preprocess& usual : Usual(aspect, own)) {
      if (ValueOf(aspect, usual) == ValueOf(aspect, own)) break;
      AddAll({usual}, all);
    }
    AMSEL_ASSIGN_OR_RETURN(race, races.Judge(all));
  }
  return race;
}

Result<FoundReading> FindUnder(Races& races, const std::vector<Preprocess>& first, bool free_size, bool misread,
                               const std::function<void()>& next) {
  constexpr int kTurns = 2;
  std::vector<Preprocess> colours = first;
  for (const Preprocess& like : FirstShapes(first.front())) AddAll(Colours(first, like, free_size, misread), colours);
  Preprocess at = first.front();
  RaceResult race;
  for (int turn = 0; turn < kTurns; ++turn) {
    AMSEL_ASSIGN_OR_RETURN(race, races.Run(std::move(colours)));
    next();
    std::vector<Preprocess> shapes = Shapes(first, race.winner->preprocess);
    // Somebody's own colours may be right, though others came out ahead with the wrong shape.
    if (misread) AddAll(Shapes(first, first.front()), shapes);
    AMSEL_ASSIGN_OR_RETURN(race, races.Run(std::move(shapes)));
    next();
    if (race.winner->preprocess == at) break;
    at = race.winner->preprocess;
    colours = Colours(first, at, false, misread);
  }
  AMSEL_ASSIGN_OR_RETURN(race, TryUsual(races, first, race));
  return FoundReading{race.winner, races.MapOf(*race.winner), race.best->scores[races.MapOf(*race.best)]};
}

/// One value of an aspect for all: what they are read with then, and how many standard errors behind their best that
/// is, summed.
struct Agreement {
  std::vector<FoundReading> found;
  double lag = 0;
};

/// Nothing where one of them can tell it from its best, or it is none of the usual values there.
Result<std::optional<Agreement>> AgreeOn(Aspect aspect, const std::string& value, const std::vector<Trial*>& trials,
                                         const std::vector<FoundReading*>& found) {
  Agreement agreement;
  for (std::size_t d = 0; d < found.size(); ++d) {
    const std::vector<Preprocess> usual = Usual(aspect, found[d]->tried->preprocess);
    const auto own =
        std::find_if(usual.begin(), usual.end(), [&](const Preprocess& one) { return ValueOf(aspect, one) == value; });
    if (own == usual.end()) return std::optional<Agreement>();
    AMSEL_ASSIGN_OR_RETURN(const std::vector<const Tried*> tried, trials[d]->Try({*own}, trials[d]->samples().size()));
    agreement.found.push_back({tried.front(), found[d]->map, found[d]->best});
    const std::vector<Score>& scores = agreement.found.back().scores();
    const Comparison behind = Compare(found[d]->best, scores);
    if (ToldApart(behind) || tried.front()->failed.count > found[d]->tried->failed.count) {
      return std::optional<Agreement>();
    }
    agreement.lag += Ahead(behind) + kPerRank * static_cast<double>(own - usual.begin());
  }
  return std::optional(std::move(agreement));
}

}  // namespace

Result<FoundReading> FindReading(Trial& trial, const std::vector<Preprocess>& first, bool free_size,
                                 const SearchOptions& options) {
  int step = 0;
  const auto next = [&] {
    if (options.progress) options.progress(std::min(++step, kSearchSteps));
  };
  const std::vector<Preprocess> likely = options.misread ? Misread(first) : first;
  Races as_they_stand(trial, likely, /*any_labels=*/false);
  AMSEL_ASSIGN_OR_RETURN(const FoundReading found, FindUnder(as_they_stand, first, free_size, options.misread, next));
  if (Top1(found.scores()) >= kSurelyRead) return found;
  Races under_any(trial, likely, /*any_labels=*/true);
  AMSEL_ASSIGN_OR_RETURN(const FoundReading other, FindUnder(under_any, first, free_size, options.misread, next));
  return ClearlyBetter(Compare(other.scores(), found.scores())) ? other : found;
}

Status AgreeWhereTied(const std::vector<Trial*>& trials, const std::vector<FoundReading*>& found) {
  for (const Aspect aspect : kAspects) {
    if (aspect == Aspect::kSize) continue;  // each file's own
    std::set<std::string> values;
    for (const FoundReading* one : found) values.insert(ValueOf(aspect, one->tried->preprocess));
    if (values.size() < 2) continue;
    std::optional<Agreement> best;
    for (const std::string& value : values) {
      AMSEL_ASSIGN_OR_RETURN(std::optional<Agreement> one, AgreeOn(aspect, value, trials, found));
      if (one && (!best || one->lag < best->lag)) best = std::move(one);
    }
    for (std::size_t d = 0; best && d < found.size(); ++d) *found[d] = std::move(best->found[d]);
  }
  return {};
}

Result<std::vector<Alternative>> Alternatives(Trial& trial, const FoundReading& found, bool free_size) {
  std::vector<Alternative> alternatives;
  Races races(trial, {}, /*any_labels=*/true);
  const Preprocess& p = found.tried->preprocess;
  for (const Aspect aspect : kAspects) {
    if (aspect == Aspect::kSize && !free_size) continue;
    std::vector<Preprocess> others = Usual(aspect, p);
    std::erase_if(others, [&](const Preprocess& one) { return ValueOf(aspect, one) == ValueOf(aspect, p); });
    if (others.empty()) continue;
    AMSEL_ASSIGN_OR_RETURN(const RaceResult race, races.Run(std::move(others)));
    const Comparison better = Compare(found.scores(), race.best->scores[races.MapOf(*race.best)]);
    const Comparison worse{-better.log_prob, better.log_prob_error, -better.top1, better.top1_error};
    alternatives.push_back({FieldOf(aspect), ValueOf(aspect, p), ValueOf(aspect, race.best->preprocess), better.top1,
                            ToldApart(better) || ToldApart(worse),
                            better.log_prob == 0 && better.log_prob_error == 0 && better.top1 == 0});
  }
  const auto& maps = found.tried->scores;
  std::size_t next = maps.size();
  for (std::size_t m = 0; m < maps.size(); ++m) {
    if (m == found.map) continue;
    if (next == maps.size() || Compare(maps[m], maps[next]).log_prob > 0) next = m;
  }
  if (next == maps.size()) return alternatives;
  const Comparison better = Compare(found.scores(), maps[next]);
  const auto text = [&](std::size_t m) {
    return trial.maps()[m].change.empty() ? std::string("labels in their order") : trial.maps()[m].change;
  };
  alternatives.push_back(
      {"output.skip_leading_classes and labels", text(found.map), text(next), better.top1, ToldApart(better), false});
  return alternatives;
}

}  // namespace amsel
