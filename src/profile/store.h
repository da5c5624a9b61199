// The profile on disk: an SQLite file, schema amsel.profile/2 (docs/formats/profile.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "meter/blocks.h"
#include "meter/timed_run.h"
#include "profile/sqlite.h"

namespace amsel {

struct StoredCandidate {
  std::int64_t id = 0;
  std::string name;
  std::string view;  ///< ViewText
  std::string card;  ///< JSON
  std::string file_sha256;
};

struct StoredConfig {
  std::string backend;
  std::string version;
  int threads = 1;
  std::string graph;
  std::string device;
  std::string int8{};  ///< SessionInfo::int8
};

/// Stands for the feature DNN among the ids of candidates, which are above it.
inline constexpr std::int64_t kFeatureDnnId = 0;

/// The DNN whose outputs are features of the profile.
struct StoredFeatureDnn {
  std::string file;  ///< absolute path
  std::string sha256;
  std::string card;          ///< JSON
  std::int64_t config = -1;  ///< id
};

/// Energy of one candidate, and the blocks that it was measured in.
struct StoredEnergy {
  double joules_per_run = 0;
  std::string source;
  std::optional<double> interval{};  ///< half the width of the 95 % interval, in J
  std::optional<double> idle_watts{};
  std::vector<EnergyBlock> blocks{};  ///< none for estimates
};

struct StoredInput {
  std::int64_t id = 0;  ///< position in the list of images
  std::string key;
  std::string path;
  std::string sha256;  ///< of the encoded bytes
  int width = 0;
  int height = 0;
  int label = 0;
  std::string group;
  double weight = 1;
  std::string split;
  Nanoseconds decode{0};
  std::string thumbnail;  ///< see Thumbnail
};

/// A run right after one of another candidate, and the run that followed it.
struct StoredAfterRun {
  std::int64_t candidate = 0;
  std::int64_t config = 0;
  std::int64_t predecessor = 0;  ///< the other candidate
  TimedRun after;
  TimedRun again;
};

/// A candidate that gave no answer for an image.
struct StoredRunFailure {
  std::int64_t input = 0;
  std::int64_t candidate = 0;
  std::string reason;
};

/// The same for people.
struct FailedRun {
  std::string candidate;  ///< "resnet20", or "resnet20@hflip" for a view
  std::string image;      ///< key
  std::string reason;
};

/// What a profile already has, so that a resumed run adds only what is missing.
struct StoredProgress {
  std::map<std::int64_t, std::string> inputs;  ///< SHA-256 of their bytes, empty where it is not known
  std::set<std::int64_t> failures;
  std::set<std::pair<std::int64_t, std::int64_t>> runs;    ///< (input, candidate), those that failed too
  std::map<std::int64_t, std::set<std::string>> features;  ///< names by input
};

/// Reads and writes one profile. Not thread-safe. Between Begin() and Commit() all writes are one transaction.
class ProfileStore {
 public:
  static constexpr const char* kSchema = "amsel.profile/2";
  static constexpr const char* kOlderSchema = "amsel.profile/1";  ///< read as it is, raised when it is written to

  /// Makes a new file with empty tables. Usage error, and nothing touched, where there is one. Nobody else can write to
  /// it while the store lives.
  static Result<ProfileStore> Create(const std::string& file);
  /// Opens an existing one; refuses other schemas, files that are no profile, and those in whose tables reading would
  /// compute something: views, triggers, virtual tables, generated columns. A writable one that another store is
  /// writing to is a failure at run time.
  static Result<ProfileStore> Open(const std::string& file, bool writable);

  const std::string& file() const { return file_; }
  /// Whether it is of kOlderSchema: without processor use, runs after other candidates, and the int8 way.
  bool older() const { return older_; }
  Database& database() { return database_; }

  /// Marks the profile complete and folds SQLite's journals into the one file, so that it can be read anywhere.
  Status Complete();

  Status Begin() { return database_.Execute("BEGIN IMMEDIATE"); }
  Status Commit() { return database_.Execute("COMMIT"); }

  /// Empty where there is none.
  Result<std::string> Meta(const std::string& key);
  Status SetMeta(const std::string& key, const std::string& value);

  Result<std::vector<StoredCandidate>> Candidates();
  /// Adds the candidate, or replaces the one of that name and view together with all that was recorded of it.
  Result<std::int64_t> PutCandidate(const StoredCandidate& candidate);
  /// Removes the candidate with all that was recorded of it.
  Status RemoveCandidate(std::int64_t candidate);
  /// The id of the equal configuration; added when there is none.
  Result<std::int64_t> PutConfig(const StoredConfig& config);
  Status PutLoad(std::int64_t candidate, std::int64_t config, Nanoseconds load, std::int64_t resident_bytes);
  /// The candidate must have no energy for this configuration yet.
  Status PutEnergy(std::int64_t candidate, std::int64_t config, const StoredEnergy& energy);
  Status RemoveEnergy(std::int64_t candidate, std::int64_t config);
  Status PutInput(const StoredInput& input);
  Status PutRun(std::int64_t input, std::int64_t candidate, std::int64_t config, Nanoseconds preprocess,
                const TimedRun& inference);
  Status PutAfterRun(const StoredAfterRun& run);
  /// In the order in which they were put; none in older profiles.
  Result<std::vector<StoredAfterRun>> AfterRuns();
  /// Log-probabilities, stored as float16.
  Status PutLogProbs(std::int64_t input, std::int64_t candidate, std::span<const float> log_probs);
  Status PutFeature(std::int64_t input, const std::string& name, std::optional<double> value, Nanoseconds took);
  /// Nothing where the profile has none.
  Result<std::optional<StoredFeatureDnn>> FeatureDnn();
  /// Replaces the one that there was together with its features and conformance record, which another DNN gave.
  Status PutFeatureDnn(const StoredFeatureDnn& feature_dnn);
  /// The image cannot be used; what was recorded of it is removed.
  Status PutFailure(std::int64_t input, const std::string& reason);
  Status PutRunFailure(const StoredRunFailure& failure);
  /// Forgets which images and which runs failed, so that they are tried again.
  Status ForgetFailures();
  /// What `dnn`, the id of a candidate or kFeatureDnnId, answers: canonical log-probabilities, or values.
  Status PutConformance(std::int64_t dnn, int item, std::span<const std::uint8_t> pixels,
                        std::span<const float> answer);

  /// Profiles of 0.1.0 lack some tables.
  Result<bool> HasTable(const std::string& table);
  /// Of one of the store's own tables.
  Result<std::size_t> RowCount(const std::string& table);
  /// See Thumbnail; empty where there is none, or no such input.
  Result<std::string> ThumbnailOf(std::int64_t input);
  Result<StoredProgress> Progress();
  Result<std::vector<std::pair<std::int64_t, std::string>>> Failures();
  /// By input, then candidate; none in profiles of 0.1.0, which have no such table.
  Result<std::vector<StoredRunFailure>> RunFailures();

 private:
  ProfileStore(Database database, std::string file) : database_(std::move(database)), file_(std::move(file)) {}
  Status CreateTables();
  Status CheckTables();
  /// Tables that profiles of 0.1.0 lack.
  Status AddLaterTables();
  /// Columns that profiles of kOlderSchema lack.
  Status RaiseSchema();
  /// Removes what was recorded where `column`, candidate or input, is `id`.
  Status Clear(const std::vector<const char*>& tables, const std::string& column, std::int64_t id);
  /// The statement for `sql`, prepared once.
  Result<Statement*> Prepared(const std::string& sql);

  /// Goes after database_: closing any descriptor of a file drops what SQLite has locked.
  std::optional<Descriptor> claim_;
  Database database_;
  std::string file_;
  bool older_ = false;
  std::map<std::string, Statement> statements_;
};

/// The file with a claim on it that no two have, a process that was killed has no more, and readers do not mind; a
/// failure at run time where another has it. With `flags` beside those of open() that it takes itself.
Result<Descriptor> ClaimProfile(const std::string& file, int flags = 0);

/// Removes the file and SQLite's journals beside it.
void RemoveProfile(const std::string& file);

/// The run in three columns: wall time, CPU time and preemptions, the last two null where they are not known.
TimedRun TimedRunAt(const Statement& row, int column);

/// Floats as little-endian float16, and back.
std::string PackHalves(std::span<const float> values);
std::vector<std::uint16_t> UnpackHalves(std::string_view bytes);

}  // namespace amsel
