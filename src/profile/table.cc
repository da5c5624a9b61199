#include "profile/table.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backend/canonical.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "card/card.h"
#include "card/view.h"
#include "features/features.h"
#include "features/premodel_features.h"
#include "profile/recorded_duplicates.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

constexpr double kMsPerNs = 1e-6;

}  // namespace

/// Fills a table from a store.
class TableLoader {
 public:
  TableLoader(ProfileStore& store, ProfileTable& table, const TableOptions& options)
      : store_(store), table_(table), options_(options) {}

  Status Load() {
    AMSEL_RETURN_IF_ERROR(LoadMeta());
    AMSEL_RETURN_IF_ERROR(LoadCandidates());
    AMSEL_RETURN_IF_ERROR(LoadEnergy());
    AMSEL_RETURN_IF_ERROR(LoadInputs());
    AMSEL_RETURN_IF_ERROR(LoadFeatureNames());
    if (options_.check) AMSEL_RETURN_IF_ERROR(options_.check(table_));
    // About how many rows are to come: which shared stages are recorded is not known before they are read.
    to_read_ = table_.input_count() * (2 * table_.candidate_count() + table_.feature_names.size() + kFeatureStageCount);
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

  Status LoadMeta() {
    AMSEL_ASSIGN_OR_RETURN(const std::string complete, store_.Meta("complete"));
    if (complete != "1") return Incomplete("its run did not end");
    AMSEL_ASSIGN_OR_RETURN(const std::string labels, store_.Meta("labels"));
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(labels, store_.file()));
    if (!json.is_array() || json.size() < 2) return BadInput(store_.file() + ": has fewer than two labels");
    for (const Json& label : json) table_.labels.push_back(label.is_string() ? label.get<std::string>() : label.dump());
    AMSEL_ASSIGN_OR_RETURN(table_.zoo_path, store_.Meta("zoo"));
    AMSEL_ASSIGN_OR_RETURN(const std::string version, store_.Meta("feature_code_version"));
    table_.feature_code_version = std::atoi(version.c_str());
    AMSEL_ASSIGN_OR_RETURN(const std::string side, store_.Meta("decode_min_side"));
    table_.decode_min_side = std::atoi(side.c_str());  // older profiles have none: 0
    return {};
  }

  Status LoadCandidates() {
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> stored, store_.Candidates());
    for (const StoredCandidate& candidate : stored) {
      ProfiledCandidateInfo info;
      info.base = candidate.name;
      info.view = candidate.view;
      info.name = NameInView(candidate.name, candidate.view);
      info.card = candidate.card;
      info.file_sha256 = candidate.file_sha256;
      if (!candidate.card.empty()) {
        AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(candidate.card, store_.file()));
        AMSEL_ASSIGN_OR_RETURN(Card card, ParseCard(json, store_.file() + ": card of " + info.name));
        info.preprocess_key = PreprocessKey(InView(card.preprocess, info.view));
      } else {
        info.preprocess_key = info.name;
      }
      candidate_at_[candidate.id] = table_.candidates.size();
      table_.candidate_ids_.push_back(candidate.id);
      table_.candidates.push_back(std::move(info));
    }
    if (table_.candidates.empty()) return BadInput(store_.file() + ": holds no candidate");
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT candidate, load_ns, resident_bytes FROM load ORDER BY config", [&](Statement& q) {
          const auto it = candidate_at_.find(q.Integer(0));
          if (it == candidate_at_.end()) return Status();
          table_.candidates[it->second].load_ms = static_cast<double>(q.Integer(1)) * kMsPerNs;
          table_.candidates[it->second].resident_bytes = q.Integer(2);
          return Status();
        }));
    return {};
  }

  Status LoadEnergy() {
    constexpr double kMillijoules = 1000;
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT candidate, CASE WHEN typeof(joules_per_run) IN ('real', 'integer') THEN joules_per_run END, "
             "source FROM energy ORDER BY config",
             [&](Statement& q) -> Status {
               const auto it = candidate_at_.find(q.Integer(0));
               if (it == candidate_at_.end()) return {};
               ProfiledCandidateInfo& info = table_.candidates[it->second];
               if (q.IsNull(1) || !std::isfinite(q.Real(1)) || q.Real(1) < 0) {
                 return BadInput(store_.file() + ": the energy of " + info.name + " is not a number of 0 or more");
               }
               info.energy_mj = q.Real(1) * kMillijoules;
               info.energy_source = q.Text(2);
               return {};
             }));
    bool has_blocks = false;  // profiles of 0.1.0 have no such table
    AMSEL_RETURN_IF_ERROR(Each("SELECT 1 FROM sqlite_master WHERE name = 'energy_block'", [&](Statement&) {
      has_blocks = true;
      return Status();
    }));
    if (!has_blocks) return {};
    return Each(
        "SELECT candidate, avg((joules - idle_watts * seconds) / runs) FROM energy_block GROUP BY candidate, config "
        "HAVING count(idle_watts) = count(*) ORDER BY config",
        [&](Statement& q) {
          const auto it = candidate_at_.find(q.Integer(0));
          if (it == candidate_at_.end() || !std::isfinite(q.Real(1))) return Status();
          table_.candidates[it->second].energy_above_idle_mj = q.Real(1) * kMillijoules;
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
          ProfiledInput input{q.Integer(0), q.Text(1), q.Text(2), q.Text(3), static_cast<int>(q.Integer(4)),
                              q.Real(5),    q.Text(6)};
          if (input.label < 0 || input.label >= table_.classes()) {
            return BadInput(store_.file() + ": label " + std::to_string(input.label) + " of " + input.key +
                            " is not below the number of classes");
          }
          input_at_[input.id] = table_.inputs.size();
          contents.push_back(input.sha256);
          pictures.ids.push_back(input.id);
          pictures.labels.push_back(input.label);
          pictures.groups.push_back(q.Text(7));
          pictures.thumbnails.push_back(q.Text(8));
          decode_ns += static_cast<double>(q.Integer(9));
          table_.inputs.push_back(std::move(input));
          return {};
        }));
    if (table_.inputs.empty()) return BadInput(store_.file() + ": holds no image");
    table_.mean_decode_ms_ = decode_ns * kMsPerNs / static_cast<double>(table_.inputs.size());
    std::vector<std::size_t> same;
    if (options_.join_near_duplicates) {
      AMSEL_ASSIGN_OR_RETURN(same, NearDuplicatesOf(store_, pictures));
    }
    table_.joined = CountJoined(same);
    table_.groups = JoinGroups(pictures.groups, contents, same);
    return {};
  }

  /// Position of (candidate, input) in the [c][i] arrays, or nothing for rows of inputs that failed.
  bool At(std::int64_t input, std::int64_t candidate, std::size_t& at) const {
    const auto i = input_at_.find(input);
    const auto c = candidate_at_.find(candidate);
    if (i == input_at_.end() || c == candidate_at_.end()) return false;
    at = c->second * table_.input_count() + i->second;
    return true;
  }

  Status LoadConfigs() {
    const std::string int8 = store_.older() ? "''" : "int8";
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT id, backend, version, threads, graph, device, " + int8 + " FROM config", [&](Statement& q) {
          configs_[q.Integer(0)] = {q.Text(1), q.Text(2), static_cast<int>(q.Integer(3)),
                                    q.Text(4), q.Text(5), q.Text(6)};
          return Status();
        }));
    AMSEL_ASSIGN_OR_RETURN(const std::optional<StoredPremodel> premodel, store_.Premodel());
    if (premodel) table_.premodel = {premodel->file, premodel->sha256, premodel->card, configs_[premodel->config]};
    return {};
  }

  Status LoadRunFailures() {
    table_.ranks_.assign(Cells(), 0);
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredRunFailure> failures, store_.RunFailures());
    for (const StoredRunFailure& failure : failures) {
      std::size_t at = 0;
      if (!At(failure.input, failure.candidate, at)) continue;
      table_.ranks_[at] = ProfileTable::kNoRank;
      ++table_.failed_count_;
    }
    return {};
  }

  std::size_t Cells() const { return table_.candidate_count() * table_.input_count(); }
  bool Failed(std::size_t at) const { return table_.ranks_[at] == ProfileTable::kNoRank; }

  Status LoadRuns() {
    const std::size_t cells = Cells();
    table_.preprocess_ms_.assign(cells, 0);
    std::vector<TimedRun> runs(cells);
    std::size_t found = 0;
    const std::string use = store_.older() ? "NULL, NULL" : "cpu_ns, preemptions";
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT input, candidate, preprocess_ns, config, inference_ns, " + use + " FROM run", [&](Statement& q) {
          std::size_t at = 0;
          if (!At(q.Integer(0), q.Integer(1), at) || Failed(at)) return Status();
          table_.preprocess_ms_[at] = static_cast<float>(static_cast<double>(q.Integer(2)) * kMsPerNs);
          table_.candidates[at / table_.input_count()].config = configs_[q.Integer(3)];
          runs[at] = TimedRunAt(q, 4);
          ++found;
          return Status();
        }));
    const std::size_t missing = cells - table_.failed_count_ - found;
    if (missing > 0) return Incomplete(std::to_string(missing) + " runs are missing");
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) {
      if (table_.FailedOf(c) == table_.input_count()) {
        return BadInput(store_.file() + ": " + table_.candidates[c].name + " answered no image");
      }
    }
    table_.TakeTimes(runs);
    return LoadAfterRuns();
  }

  Status LoadAfterRuns() {
    std::vector<std::vector<StoredAfterRun>> by_candidate(table_.candidate_count());
    AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredAfterRun> all, store_.AfterRuns());
    for (const StoredAfterRun& run : all) {
      const auto it = candidate_at_.find(run.candidate);
      if (it != candidate_at_.end()) by_candidate[it->second].push_back(run);
    }
    table_.TakeAfterRuns(by_candidate);
    return {};
  }

  Status LoadOutputs() {
    const auto classes = static_cast<std::size_t>(table_.classes());
    const std::size_t cells = Cells();
    table_.log_probs_.assign(cells * classes, ToHalf(static_cast<float>(-std::log(table_.classes()))));
    table_.top_classes_.assign(cells, -1);
    std::size_t found = 0;
    std::vector<float> row(classes);
    AMSEL_RETURN_IF_ERROR(
        Each("SELECT input, candidate, blob FROM output WHERE kind = 'log_prob'", [&](Statement& q) -> Status {
          std::size_t at = 0;
          if (!At(q.Integer(0), q.Integer(1), at) || Failed(at)) return {};
          const std::vector<std::uint16_t> halves = UnpackHalves(q.Bytes(2));
          if (halves.size() != classes) return BadInput(store_.file() + ": an output has not one value per label");
          std::copy(halves.begin(), halves.end(),
                    table_.log_probs_.begin() + static_cast<std::ptrdiff_t>(at * classes));
          for (std::size_t k = 0; k < classes; ++k) row[k] = FromHalf(halves[k]);
          table_.ranks_[at] = static_cast<std::uint16_t>(RankOf(row, table_.inputs[at % table_.input_count()].label));
          table_.top_classes_[at] = TopClass(row);
          ++found;
          return {};
        }));
    const std::size_t missing = cells - table_.failed_count_ - found;
    if (missing > 0) return Incomplete(std::to_string(missing) + " outputs are missing");
    return {};
  }

  /// Those of the first image: all have the same.
  Status LoadFeatureNames() {
    return Each(
        "SELECT name FROM feature WHERE input = (SELECT min(id) FROM input) AND value IS NOT NULL ORDER BY name",
        [&](Statement& q) {
          table_.feature_names.push_back(q.Text(0));
          return Status();
        });
  }

  Status LoadFeatures() {
    std::map<std::string, std::pair<double, double>> costs;  // Σ ns, count
    std::map<std::string, std::size_t> position;
    for (const std::string& name : table_.feature_names) position.emplace(name, position.size());
    table_.features_.assign(table_.input_count() * table_.feature_names.size(), NAN);
    AMSEL_RETURN_IF_ERROR(Each("SELECT input, name, value, ns FROM feature", [&](Statement& q) -> Status {
      auto& [sum, count] = costs[q.Text(1)];
      sum += static_cast<double>(q.Integer(3));
      ++count;
      const auto i = input_at_.find(q.Integer(0));
      if (q.IsNull(2) || i == input_at_.end()) return Status();
      const auto f = position.find(q.Text(1));
      if (f == position.end()) return Incomplete("the first image lacks a feature that others have");
      table_.features_[i->second * table_.feature_names.size() + f->second] = static_cast<float>(q.Real(2));
      return Status();
    }));
    for (const float value : table_.features_) {
      if (!std::isfinite(value)) return Incomplete("a feature value is missing");
    }
    for (const auto& [name, cost] : costs) {
      table_.feature_costs_ms_.emplace_back(name, cost.first / cost.second * kMsPerNs);
    }
    return {};
  }

  static constexpr std::size_t kRowsBetweenReports = 1 << 14;

  ProfileStore& store_;
  ProfileTable& table_;
  const TableOptions& options_;
  std::size_t rows_ = 0;     ///< read of the answers and features
  std::size_t to_read_ = 0;  ///< of these; 0 before they are read
  std::map<std::int64_t, StoredConfig> configs_;
  std::map<std::int64_t, std::size_t> candidate_at_;
  std::map<std::int64_t, std::size_t> input_at_;
};

Result<ProfileTable> ProfileTable::Load(const std::string& file, const TableOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  ProfileTable table;
  table.file = file;
  AMSEL_RETURN_IF_ERROR(TableLoader(store, table, options).Load());
  return table;
}

void ProfileTable::LogProbsOf(std::size_t c, std::size_t i, std::span<float> out) const {
  const std::uint16_t* row = log_probs_.data() + (c * input_count() + i) * out.size();
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = FromHalf(row[k]);
}

std::vector<std::string> ProfileTable::PremodelFeatures() const {
  std::vector<std::string> names = PremodelFeaturesIn(feature_names);
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return PremodelValueOf(a) < PremodelValueOf(b); });
  return names;
}

std::string ProfileTable::DataHash() const {
  std::string text;
  for (const ProfiledCandidateInfo& candidate : candidates) text += candidate.name + " " + candidate.file_sha256 + "\n";
  if (premodel) text += std::string(kPremodelFeatures) + " " + premodel->file_sha256 + "\n";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    text += inputs[i].sha256 + " " + std::to_string(inputs[i].label) + " " + std::to_string(groups[i]) + " " +
            inputs[i].split + "\n";
  }
  return Sha256Hex(text);
}

Result<std::vector<ConformanceRecord>> ProfileTable::Conformance(std::size_t c) const {
  AMSEL_ASSIGN_OR_RETURN(ProfileStore store, ProfileStore::Open(file, /*writable=*/false));
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare("SELECT pixels, log_prob FROM conformance WHERE candidate = ? ORDER BY item"));
  query.Bind(candidate_ids_[c]);
  std::vector<ConformanceRecord> records;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return records;
    const std::string_view bytes = query.Bytes(1);
    ConformanceRecord record{query.Text(0), std::vector<float>(bytes.size() / sizeof(float))};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(record.log_probs.data()));
    records.push_back(std::move(record));
  }
}

}  // namespace amsel
