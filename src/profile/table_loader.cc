// A profile read whole into memory. It may come from anywhere: whatever is computed with is checked here, row by row.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include "backend/canonical.h"
#include "base/half.h"
#include "base/json.h"
#include "base/plain_name.h"
#include "base/status_macros.h"
#include "card/card.h"
#include "card/view.h"
#include "features/features.h"
#include "profile/calibration.h"
#include "profile/dataset.h"
#include "profile/output_row.h"
#include "profile/recorded_duplicates.h"
#include "profile/row_limits.h"
#include "profile/table.h"

namespace amsel {
/// Fills a table from a store.
class TableLoader {
 public:
  TableLoader(ProfileStore& store, ProfileTable& table, const TableOptions& options)
      : store_(store), table_(table), options_(options) {}

  Status Load() {
    std::error_code failure;
    for (const char* journal : {"", "-wal"}) {
      const auto bytes = std::filesystem::file_size(store_.file() + journal, failure);
      file_bytes_ += failure ? 0 : bytes;
    }
    AMSEL_RETURN_IF_ERROR(LoadMeta());
    AMSEL_RETURN_IF_ERROR(LoadCandidates());
    AMSEL_RETURN_IF_ERROR(LoadEnergy());
    AMSEL_RETURN_IF_ERROR(LoadInputs());
    AMSEL_RETURN_IF_ERROR(LoadFeatureNames());
    if (options_.check) AMSEL_RETURN_IF_ERROR(options_.check(table_));
    // About how many rows are to come: which shared stages are recorded is not known before they are read.
    to_read_ = table_.image_count() * (2 * table_.candidate_count() + table_.feature_names.size() + kFeatureStageCount);
    AMSEL_RETURN_IF_ERROR(LoadConfigs());
    AMSEL_RETURN_IF_ERROR(LoadRunFailures());
    AMSEL_RETURN_IF_ERROR(LoadRuns());
    AMSEL_RETURN_IF_ERROR(LoadOutputs());
    return LoadFeatures();
  }

 private:
  /// Calls take(row) for each row of `sql`.
  template <typename Take>
  Status Each(const std::string& sql, Take&& take) {
    AMSEL_ASSIGN_OR_RETURN(Statement query, store_.database().Prepare(sql));
    for (;;) {
      AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
      if (!row) return {};
      AMSEL_RETURN_IF_ERROR(take(query));
      if (to_read_ == 0 || !options_.progress || ++rows_ % kRowsBetweenReports != 0) continue;
      options_.progress(std::min(rows_, to_read_), to_read_);
    }
  }

  Error Incomplete(const std::string& what) const {
    return BadInput(store_.file() + ": is incomplete: " + what + "; continue it with amsel profile --resume");
  }

  Error Wrong(const std::string& what, const std::string& expected) const {
    return BadInput(store_.file() + ": " + what + ": expected " + expected);
  }

  /// "output of resnet20 for 7.png"
  std::string Of(const char* what, std::size_t at) const {
    return std::string(what) + " of " + table_.candidates[at / table_.image_count()].name + " for " +
           table_.images[at % table_.image_count()].key;
  }

  /// A whole number from 0, as text in table meta; 0 where there is none.
  Result<int> WholeMeta(const std::string& key, int most) {
    AMSEL_ASSIGN_OR_RETURN(const std::string text, store_.Meta(key));
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = fault == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
    if (!text.empty() && !whole) return Wrong(key, "a whole number from 0 to " + std::to_string(most));
    return value;
  }

  Status LoadMeta() {
    AMSEL_ASSIGN_OR_RETURN(const std::string complete, store_.Meta("complete"));
    if (complete != "1") return Incomplete("its run did not end");
    AMSEL_ASSIGN_OR_RETURN(const std::string labels, store_.Meta("labels"));
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(labels, store_.file()));
    if (!json.is_array() || json.size() < 2) return BadInput(store_.file() + ": has fewer than two labels");
    if (json.size() > kMostClasses) return Wrong("labels", "at most " + std::to_string(kMostClasses));
    for (const Json& label : json) table_.labels.push_back(label.is_string() ? label.get<std::string>() : label.dump());
    AMSEL_ASSIGN_OR_RETURN(table_.zoo_path, store_.Meta("zoo"));
    AMSEL_ASSIGN_OR_RETURN(table_.feature_code_version, WholeMeta("feature_code_version", kMostWhole));
    AMSEL_ASSIGN_OR_RETURN(table_.decode_min_side, WholeMeta("decode_min_side", kMostWhole));  // older ones have none
    return {};
  }

  Status LoadCandidates() {
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> stored, store_.Candidates());
    for (const StoredCandidate& candidate : stored) {
      if (!IsPlainName(candidate.name)) return Wrong("the name of candidate `" + candidate.name + "`", kPlainName);
      const std::optional<View> view = ParseView(candidate.view);
      if (!view) return Wrong("unknown view `" + candidate.view + "` of " + candidate.name, kViewForms);
      const std::string name = NameInView(candidate.name, *view);
      CandidateOrigin info{candidate.name, *view, candidate.card, candidate.file_sha256, {}, {}};
      std::string derived_from = view->is_identity() ? "" : candidate.name;
      if (!candidate.card.empty()) {
        AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(candidate.card, store_.file()));
        AMSEL_ASSIGN_OR_RETURN(const Card card, ParseCard(json, store_.file() + ": card of " + name));
        if (derived_from.empty()) derived_from = card.derived_from;
        AddCalibration(card, calibrated_);
        const auto seen = InView(card.preprocess, *view);
        if (!seen.ok()) return Wrong("view " + name, "one that its card allows: " + seen.error().message);
        info.preprocess_key = PreprocessKey(*seen);
      } else {
        info.preprocess_key = name;
      }
      const auto same = std::find_if(table_.profiled.begin(), table_.profiled.end(), [&](const auto& earlier) {
        return earlier.preprocess_key == info.preprocess_key;
      });
      const auto input = static_cast<int>(same - table_.profiled.begin());
      candidate_at_[candidate.id] = table_.candidates.size();
      table_.candidate_ids_.push_back(candidate.id);
      const bool derived = !derived_from.empty();
      table_.candidates.push_back({name, derived, input, std::move(derived_from)});
      table_.profiled.push_back(std::move(info));
    }
    if (table_.candidates.empty()) return BadInput(store_.file() + ": holds no candidate");
    return Each("SELECT candidate, load_ns, resident_bytes FROM load ORDER BY config", [&](Statement& q) -> Status {
      const auto it = candidate_at_.find(q.Integer(0));
      if (it == candidate_at_.end()) return {};
      CandidateOrigin& info = table_.profiled[it->second];
      const auto load_ns = q.Whole(1, 0, kMostNs);
      const auto bytes = q.Whole(2, 0, kMostResidentBytes);
      if (!load_ns || !bytes)
        return Wrong("load_ns or resident_bytes of " + table_.candidates[it->second].name, "whole numbers from 0");
      info.load_ms = static_cast<double>(*load_ns) * kMsPerNs;
      info.resident_bytes = *bytes;
      return {};
    });
  }

  Status LoadEnergy() {
    constexpr double kMillijoules = 1000;
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT candidate, joules_per_run, source FROM energy ORDER BY config", [&](Statement& q) -> Status {
          const auto it = candidate_at_.find(q.Integer(0));
          if (it == candidate_at_.end()) return {};
          CandidateOrigin& info = table_.profiled[it->second];
          const auto joules = q.Number(1, 0, kMostJoules);
          if (!joules) return Wrong("the energy of " + table_.candidates[it->second].name, "a number of 0 or more");
          info.energy_mj = *joules * kMillijoules;
          info.energy_source = q.Text(2);
          return {};
        }));
    AMSEL_ASSIGN_OR_RETURN(const bool has_blocks, store_.HasTable("energy_block"));
    if (!has_blocks) return {};
    return Each(
        "SELECT candidate, avg((joules - idle_watts * seconds) / runs) FROM energy_block GROUP BY candidate, config "
        "HAVING count(idle_watts) = count(*) ORDER BY config",
        [&](Statement& q) {
          const auto it = candidate_at_.find(q.Integer(0));
          const auto joules = q.Number(1, -kMostJoules, kMostJoules);
          if (it == candidate_at_.end() || !joules) return Status();
          table_.profiled[it->second].energy_above_idle_mj = *joules * kMillijoules;
          return Status();
        });
  }

  Status LoadInputs() {
    DuplicateInputs pictures;
    std::vector<std::string> contents;
    double decode_ns = 0;
    AMSEL_RETURN_IF_ERROR(Each(
        "SELECT id, key, path, sha256, label, weight, split, \"group\", thumbnail, decode_ns FROM input ORDER BY id",
        [&](Statement& q) -> Status {
          const auto label = q.Whole(4, 0, table_.classes() - 1);
          const auto weight = q.Number(5, 0, kMostWeight);
          const auto decode = q.IsNull(9) ? std::optional(std::int64_t{0}) : q.Whole(9, 0, kMostNs);
          if (!q.Whole(0, 0, kMostInputs)) return Wrong("the id of " + q.Text(1), "a position in the list of images");
          if (!label) {
            return Wrong("label " + q.Text(4) + " of " + q.Text(1),
                         "a whole number below the number of classes, " + std::to_string(table_.classes()));
          }
          if (!weight) return Wrong("weight " + q.Text(5) + " of " + q.Text(1), "a number from 0 to 1e12");
          if (!decode) return Wrong("decode_ns of " + q.Text(1), kTime);
          const std::int64_t id = q.Integer(0);
          input_at_[id] = table_.images.size();
          table_.images.push_back({q.Text(1), static_cast<int>(*label), *weight, q.Text(6), q.Text(3)});
          table_.files.push_back({id, q.Text(2)});
          contents.push_back(q.Text(3));
          pictures.ids.push_back(id);
          pictures.labels.push_back(static_cast<int>(*label));
          pictures.groups.push_back(q.Text(7));
          pictures.thumbnails.push_back(q.Text(8));
          decode_ns += static_cast<double>(*decode);
          return {};
        }));
    if (table_.images.empty()) return BadInput(store_.file() + ": holds no image");
    table_.mean_decode_ms_ = decode_ns * kMsPerNs / static_cast<double>(table_.images.size());
    std::vector<std::size_t> same;
    if (options_.join_near_duplicates) {
      AMSEL_ASSIGN_OR_RETURN(same, NearDuplicatesOf(store_, pictures));
    }
    table_.joined = CountJoined(same);
    table_.groups = JoinGroups(pictures.groups, contents, same);
    return MarkCalibrated(calibrated_, contents, table_);
  }

  /// Position of (candidate, input) in the [c][i] arrays, or nothing for rows of inputs that failed.
  bool At(std::int64_t input, std::int64_t candidate, std::size_t& at) const {
    const auto i = input_at_.find(input);
    const auto c = candidate_at_.find(candidate);
    if (i == input_at_.end() || c == candidate_at_.end()) return false;
    at = c->second * table_.image_count() + i->second;
    return true;
  }

  Status LoadConfigs() {
    const std::string int8 = store_.older() ? "''" : "int8";
    AMSEL_RETURN_IF_ERROR(Each(
        "SELECT id, backend, version, threads, graph, device, " + int8 + " FROM config", [&](Statement& q) -> Status {
          const auto threads = q.Whole(3, 0, kMostThreads);
          if (!threads) return Wrong("threads of configuration " + q.Text(0), "as many as a DNN may use");
          configs_[q.Integer(0)] = {q.Text(1), q.Text(2), static_cast<int>(*threads), q.Text(4), q.Text(5), q.Text(6)};
          return {};
        }));
    AMSEL_ASSIGN_OR_RETURN(const std::optional<StoredFeatureDnn> known, store_.FeatureDnn());
    if (known) table_.feature_dnn = {known->file, known->sha256, known->card, configs_[known->config]};
    return {};
  }

  Status LoadRunFailures() {
    table_.ranks.assign(Cells(), 0);
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failures, store_.RunFailures());
    for (const StoredRunFailure& failure : failures) {
      std::size_t at = 0;
      if (!At(failure.input, failure.candidate, at) || Failed(at)) continue;
      table_.ranks[at] = Outcomes::kNoRank;
      ++table_.failed_count_;
    }
    return {};
  }

  std::size_t Cells() const { return table_.candidate_count() * table_.image_count(); }
  bool Failed(std::size_t at) const { return table_.ranks[at] == Outcomes::kNoRank; }

  Status LoadRuns() {
    const std::size_t cells = Cells();
    table_.preprocess_ms.assign(cells, 0);
    std::vector<TimedRun> runs(cells);
    std::size_t found = 0;
    const std::string use = store_.older() ? "NULL, NULL" : "cpu_ns, preemptions";
    AMSEL_RETURN_IF_ERROR(Each("SELECT input, candidate, preprocess_ns, config, inference_ns, " + use + " FROM run",
                               [&](Statement& q) -> Status {
                                 std::size_t at = 0;
                                 if (!At(q.Integer(0), q.Integer(1), at) || Failed(at)) return {};
                                 if (runs[at].wall.count() != 0)
                                   return BadInput(store_.file() + ": two rows: " + Of("run", at));
                                 const auto preprocess = q.Whole(2, 0, kMostNs);
                                 runs[at] = TimedRunAt(q, 4);
                                 if (!preprocess || !IsTime(runs[at])) return Wrong(Of("times", at), kTime);
                                 table_.preprocess_ms[at] =
                                     static_cast<float>(static_cast<double>(*preprocess) * kMsPerNs);
                                 table_.profiled[at / table_.image_count()].config = configs_[q.Integer(3)];
                                 ++found;
                                 return {};
                               }));
    const std::size_t missing = cells - table_.failed_count_ - found;
    if (missing > 0) return Incomplete(std::to_string(missing) + " runs are missing");
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) {
      const std::size_t answered = table_.image_count() - table_.FailedOf(c);
      if (2 * answered >= table_.image_count()) continue;  // as every complete profile has it
      return BadInput(store_.file() + ": " + table_.candidates[c].name + " answered " + std::to_string(answered) +
                      " of " + std::to_string(table_.image_count()) + " images");
    }
    table_.TakeTimes(runs);
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) {
      if (table_.MeanInferenceMs(c) > 0) continue;
      return Wrong("the processor time of " + table_.candidates[c].name, "some");
    }
    return LoadAfterRuns();
  }

  Status LoadAfterRuns() {
    std::vector<std::vector<StoredAfterRun>> by_candidate(table_.candidate_count());
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> all, store_.AfterRuns());
    for (const StoredAfterRun& run : all) {
      const auto it = candidate_at_.find(run.candidate);
      if (it == candidate_at_.end()) continue;
      if (!IsTime(run.after) || !IsTime(run.again)) {
        return Wrong("times of " + table_.candidates[it->second].name + " after another candidate", kTime);
      }
      by_candidate[it->second].push_back(run);
    }
    table_.TakeAfterRuns(by_candidate);
    return {};
  }

  Status LoadOutputs() {
    const auto classes = static_cast<std::size_t>(table_.classes());
    const std::size_t cells = Cells();
    if (sizeof(std::uint16_t) * (cells - table_.failed_count_) * classes > file_bytes_) {
      return Incomplete("outputs are missing");
    }
    table_.log_probs.assign(cells * classes, ToHalf(static_cast<float>(-std::log(table_.classes()))));
    table_.top_classes.assign(cells, -1);
    std::size_t found = 0;
    std::vector<float> row(classes);
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT input, candidate, blob FROM output WHERE kind = 'log_prob'", [&](Statement& q) -> Status {
          std::size_t at = 0;
          if (!At(q.Integer(0), q.Integer(1), at) || Failed(at)) return {};
          const std::vector<std::uint16_t> halves = UnpackHalves(q.Bytes(2));
          if (table_.top_classes[at] >= 0) return BadInput(store_.file() + ": two rows: " + Of("output", at));
          if (const std::string fault = FaultOfLogProbs(halves, classes); !fault.empty()) {
            return BadInput(store_.file() + ": " + Of("output", at) + ": " + fault);
          }
          std::copy(halves.begin(), halves.end(), table_.log_probs.begin() + static_cast<std::ptrdiff_t>(at * classes));
          for (std::size_t k = 0; k < classes; ++k) row[k] = FromHalf(halves[k]);
          table_.ranks[at] = static_cast<std::uint16_t>(RankOf(row, table_.images[at % table_.image_count()].label));
          table_.top_classes[at] = TopClass(row);
          ++found;
          return {};
        }));
    const std::size_t missing = cells - table_.failed_count_ - found;
    if (missing > 0) return Incomplete(std::to_string(missing) + " outputs are missing");
    return {};
  }

  /// Those of the first image: all have the same. Of one that is not known no stage is either, and its cost not right.
  Status LoadFeatureNames() {
    return Each(
        "SELECT name FROM feature WHERE input = (SELECT min(id) FROM input) AND value IS NOT NULL ORDER BY name",
        [&](Statement& q) -> Status {
          table_.feature_names.push_back(q.Text(0));
          if (ExpandFeatureNames({q.Text(0)}).ok()) return {};
          return Wrong("feature `" + q.Text(0) + "`", "one that this amsel knows; profile the images anew");
        });
  }

  Status LoadFeatures() {
    std::map<std::string, std::pair<double, double>> costs;  // Σ ns, count
    std::map<std::string, std::size_t> position;
    for (const std::string& name : table_.feature_names) position.emplace(name, position.size());
    const std::size_t values = table_.image_count() * table_.feature_names.size();
    if (sizeof(float) * values > file_bytes_) return Incomplete("features are missing");
    table_.features.assign(values, NAN);
    AMSEL_RETURN_IF_ERROR(Each("SELECT input, name, value, ns FROM feature", [&](Statement& q) -> Status {
      auto& [sum, count] = costs[q.Text(1)];
      const auto took = q.IsNull(3) ? std::optional(std::int64_t{0}) : q.Whole(3, 0, kMostNs);
      if (!took) return Wrong("ns of the feature " + q.Text(1), kTime);
      sum += static_cast<double>(*took);
      ++count;
      const auto i = input_at_.find(q.Integer(0));
      if (q.IsNull(2) || i == input_at_.end()) return Status();
      const auto f = position.find(q.Text(1));
      if (f == position.end()) return Incomplete("the first image lacks a feature that others have");
      const auto value = q.Number(2, -kMostFeature, kMostFeature);
      if (!value) return Wrong("feature " + q.Text(1) + " of " + table_.images[i->second].key, "a finite number");
      table_.features[i->second * table_.feature_names.size() + f->second] = static_cast<float>(*value);
      return Status();
    }));
    for (const float value : table_.features) {
      if (!std::isfinite(value)) return Incomplete("a feature value is missing");
    }
    for (const auto& [name, cost] : costs) {
      table_.feature_costs_ms.emplace_back(name, cost.first / cost.second * kMsPerNs);
    }
    return {};
  }

  static constexpr std::size_t kRowsBetweenReports = 1 << 14;
  ProfileStore& store_;
  ProfileTable& table_;
  const TableOptions& options_;
  std::uintmax_t file_bytes_ = 0;  ///< what is in memory can be no more than a few times as much
  std::size_t rows_ = 0;           ///< read of the answers and features
  std::size_t to_read_ = 0;        ///< of these; 0 before they are read
  std::map<std::int64_t, StoredConfig> configs_;
  std::map<std::int64_t, std::size_t> candidate_at_;
  CalibratedOn calibrated_;
  std::map<std::int64_t, std::size_t> input_at_;
};

Result<ProfileTable> ProfileTable::Load(const std::string& file, const TableOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  ProfileTable table;
  table.source = file;
  AMSEL_RETURN_IF_ERROR(TableLoader(store, table, options).Load());
  table.data_sha256 = table.DataHash();
  return table;
}

}  // namespace amsel
