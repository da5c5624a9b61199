#include "profile/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/half.h"
#include "base/status_macros.h"
#include "features/dnn_features.h"

namespace amsel {
namespace {

// `kind`s, `view`s and the meaning of every column: docs/formats/profile.md.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE input(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, path TEXT, sha256 TEXT, width INTEGER,
  height INTEGER, label INTEGER NOT NULL, "group" TEXT, weight REAL NOT NULL DEFAULT 1, split TEXT,
  decode_ns INTEGER, thumbnail BLOB);
CREATE TABLE candidate(id INTEGER PRIMARY KEY, name TEXT NOT NULL, view TEXT NOT NULL DEFAULT 'identity', card TEXT,
  file_sha256 TEXT, UNIQUE(name, view));
CREATE TABLE config(id INTEGER PRIMARY KEY, backend TEXT NOT NULL, version TEXT NOT NULL, threads INTEGER NOT NULL,
  graph TEXT NOT NULL, device TEXT NOT NULL, int8 TEXT NOT NULL DEFAULT '');
CREATE TABLE load(candidate INTEGER NOT NULL, config INTEGER NOT NULL, load_ns INTEGER NOT NULL,
  resident_bytes INTEGER NOT NULL, PRIMARY KEY(candidate, config)) WITHOUT ROWID;
CREATE TABLE run(input INTEGER NOT NULL, candidate INTEGER NOT NULL, config INTEGER NOT NULL,
  preprocess_ns INTEGER NOT NULL, inference_ns INTEGER NOT NULL, cpu_ns INTEGER, preemptions INTEGER,
  PRIMARY KEY(input, candidate)) WITHOUT ROWID;
CREATE TABLE output(input INTEGER NOT NULL, candidate INTEGER NOT NULL, kind TEXT NOT NULL, blob BLOB NOT NULL,
  PRIMARY KEY(input, candidate, kind));
CREATE TABLE energy(candidate INTEGER NOT NULL, config INTEGER NOT NULL, joules_per_run REAL NOT NULL,
  source TEXT NOT NULL, interval REAL, PRIMARY KEY(candidate, config)) WITHOUT ROWID;
CREATE TABLE feature(input INTEGER NOT NULL, name TEXT NOT NULL, value REAL, ns INTEGER,
  PRIMARY KEY(input, name)) WITHOUT ROWID;
CREATE TABLE failure(input INTEGER PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE conformance(candidate INTEGER NOT NULL, item INTEGER NOT NULL, pixels BLOB NOT NULL,
  log_prob BLOB NOT NULL, PRIMARY KEY(candidate, item)) WITHOUT ROWID;
)sql";

constexpr const char* kLaterTables = R"sql(
CREATE TABLE IF NOT EXISTS energy_block(candidate INTEGER NOT NULL, config INTEGER NOT NULL, block INTEGER NOT NULL,
  joules REAL NOT NULL, seconds REAL NOT NULL, runs INTEGER NOT NULL, other_load REAL NOT NULL, idle_watts REAL,
  PRIMARY KEY(candidate, config, block)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS near_duplicate(input INTEGER PRIMARY KEY, first INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS run_failure(input INTEGER NOT NULL, candidate INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(input, candidate)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS after_run(id INTEGER PRIMARY KEY, candidate INTEGER NOT NULL, config INTEGER NOT NULL,
  predecessor INTEGER NOT NULL, inference_ns INTEGER NOT NULL, cpu_ns INTEGER, preemptions INTEGER,
  again_inference_ns INTEGER NOT NULL, again_cpu_ns INTEGER, again_preemptions INTEGER);
)sql";

constexpr const char* kLaterColumns = R"sql(
ALTER TABLE run ADD COLUMN cpu_ns INTEGER;
ALTER TABLE run ADD COLUMN preemptions INTEGER;
ALTER TABLE config ADD COLUMN int8 TEXT NOT NULL DEFAULT '';
)sql";

const std::vector<const char*> kOfCandidates{"run",          "output",      "load",        "energy",
                                             "energy_block", "conformance", "run_failure", "after_run"};
const std::vector<const char*> kOfInputs{"run", "output", "feature", "run_failure"};

std::string_view AsBytes(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

std::string PackHalves(std::span<const float> values) {
  std::string bytes(values.size() * sizeof(std::uint16_t), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = ToHalf(values[i]);
    std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
  }
  return bytes;
}

std::vector<std::uint16_t> UnpackHalves(std::string_view bytes) {
  std::vector<std::uint16_t> halves(bytes.size() / sizeof(std::uint16_t));
  if (!halves.empty()) std::memcpy(halves.data(), bytes.data(), halves.size() * sizeof(std::uint16_t));
  return halves;
}

void RemoveProfile(const std::string& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix, ignored);
}

Result<Descriptor> ClaimProfile(const std::string& file, int flags) {
  constexpr int kMode = 0644;
  Descriptor claim(::open(file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | flags, kMode));
  if (!claim.ok() && errno == EEXIST) return UsageError(file + ": exists; another run may be making it");
  if (!claim.ok()) return RuntimeFailure(file + ": cannot be written: " + std::strerror(errno));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = std::int64_t{1} << 62;  // far beyond the bytes that SQLite locks
  lock.l_len = 1;
  const bool taken = ::fcntl(claim.get(), F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES);
  if (taken || !claim.IsNamed(file)) {  // else it was removed since; some file systems have no locks
    return RuntimeFailure(file + ": is in use by another profile run; wait until it ends, or stop it");
  }
  return claim;
}

Result<ProfileStore> ProfileStore::Create(const std::string& file) {
  // Whoever comes second must neither write into the file nor remove it.
  AMSEL_ASSIGN_OR_RETURN(Descriptor claim, ClaimProfile(file, O_CREAT | O_EXCL));
  const auto made = [&]() -> Result<ProfileStore> {
    AMSEL_ASSIGN_OR_RETURN(Database database, Database::Open(file, Database::Mode::kCreate));
    ProfileStore store(std::move(database), file);
    AMSEL_RETURN_IF_ERROR(store.CreateTables());
    return store;
  };
  auto store = made();
  if (!store.ok()) {
    RemoveProfile(file);
    return store;
  }
  store->claim_.emplace(std::move(claim));
  return store;
}

Status ProfileStore::CreateTables() {
  // A killed process loses at most the transaction in flight; a power cut may lose the last few, never the file.
  AMSEL_RETURN_IF_ERROR(database_.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
  AMSEL_RETURN_IF_ERROR(Begin());
  AMSEL_RETURN_IF_ERROR(database_.Execute(kTables));
  AMSEL_RETURN_IF_ERROR(AddLaterTables());
  AMSEL_RETURN_IF_ERROR(SetMeta("schema", kSchema));
  AMSEL_RETURN_IF_ERROR(SetMeta("complete", "0"));
  return Commit();
}

Result<ProfileStore> ProfileStore::Open(const std::string& file, bool writable) {
  std::optional<Descriptor> own;
  if (writable) {
    AMSEL_ASSIGN_OR_RETURN(Descriptor claim, ClaimProfile(file));
    own.emplace(std::move(claim));
  }
  const auto mode = writable ? Database::Mode::kReadWrite : Database::Mode::kReadOnly;
  AMSEL_ASSIGN_OR_RETURN(Database database, Database::Open(file, mode));
  ProfileStore store(std::move(database), file);
  if (own) store.claim_.emplace(std::move(*own));
  const auto refused = [&](const Error& error) {
    return error.kind == ErrorKind::kRuntime ? error
                                             : BadInput(file + ": is not an amsel profile (" + error.message + ")");
  };
  if (const Status plain = store.CheckTables(); !plain.ok()) return refused(plain.error());
  const Result<std::string> schema = store.Meta("schema");
  if (!schema.ok()) return refused(schema.error());
  store.older_ = *schema == kOlderSchema;
  if (*schema != kSchema && !store.older_) {
    return BadInput(file + ": expected a profile of schema " + kSchema + ", found \"" + *schema + "\"");
  }
  if (writable) {
    AMSEL_RETURN_IF_ERROR(store.database_.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
    AMSEL_RETURN_IF_ERROR(store.AddLaterTables());
    if (store.older_) AMSEL_RETURN_IF_ERROR(store.RaiseSchema());
  }
  return store;
}

Status ProfileStore::CheckTables() {
  constexpr const char* kComputed =
      "SELECT type || ' `' || name || '`' FROM sqlite_master WHERE type NOT IN ('table', 'index') "
      "UNION ALL SELECT 'virtual table `' || name || '`' FROM sqlite_master WHERE rootpage = 0 AND type = 'table' "
      "UNION ALL SELECT 'generated column `' || c.name || '` of ' || t.name "
      "FROM sqlite_master t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.rootpage > 0 "
      "AND c.hidden <> 0";
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare(kComputed));
  Result<bool> found = query.Step();
  if (!found.ok() || !*found) return found.ok() ? Status() : Status(found.error());
  return BadInput("it has the " + query.Text(0) + ", where only plain tables may be");
}

Status ProfileStore::AddLaterTables() {
  return database_.Execute(kLaterTables);
}

Status ProfileStore::RaiseSchema() {
  AMSEL_RETURN_IF_ERROR(Begin());
  AMSEL_RETURN_IF_ERROR(database_.Execute(kLaterColumns));
  AMSEL_RETURN_IF_ERROR(SetMeta("schema", kSchema));
  AMSEL_RETURN_IF_ERROR(Commit());
  older_ = false;
  return {};
}

Status ProfileStore::Complete() {
  AMSEL_RETURN_IF_ERROR(SetMeta("complete", "1"));
  statements_.clear();  // an open statement would keep the journal in use
  return database_.Execute("PRAGMA journal_mode=DELETE");
}

Result<Statement*> ProfileStore::Prepared(const std::string& sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    AMSEL_ASSIGN_OR_RETURN(Statement statement, database_.Prepare(sql));
    it = statements_.emplace(sql, std::move(statement)).first;
  }
  return &it->second;
}

Result<std::string> ProfileStore::Meta(const std::string& key) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare("SELECT value FROM meta WHERE key = ?"));
  query.Bind(key);
  AMSEL_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Text(0) : std::string();
}

Status ProfileStore::SetMeta(const std::string& key, const std::string& value) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO meta VALUES(?,?)"));
  return put->Run(key, value);
}

Result<std::vector<StoredCandidate>> ProfileStore::Candidates() {
  AMSEL_ASSIGN_OR_RETURN(Statement query,
                         database_.Prepare("SELECT id, name, view, card, file_sha256 FROM candidate ORDER BY id"));
  std::vector<StoredCandidate> candidates;
  for (;;) {
    AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
    if (!row) return candidates;
    candidates.push_back({query.Integer(0), query.Text(1), query.Text(2), query.Text(3), query.Text(4)});
  }
}

Result<std::int64_t> ProfileStore::PutCandidate(const StoredCandidate& candidate) {
  AMSEL_ASSIGN_OR_RETURN(Statement query, database_.Prepare("SELECT id FROM candidate WHERE name = ? AND view = ?"));
  query.Bind(candidate.name, candidate.view);
  AMSEL_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (found) {
    const std::int64_t id = query.Integer(0);
    AMSEL_RETURN_IF_ERROR(Clear(kOfCandidates, "candidate", id));
    AMSEL_RETURN_IF_ERROR(Clear({"after_run"}, "predecessor", id));
    AMSEL_ASSIGN_OR_RETURN(Statement update,
                           database_.Prepare("UPDATE candidate SET card = ?, file_sha256 = ? WHERE id = ?"));
    AMSEL_RETURN_IF_ERROR(update.Run(candidate.card, candidate.file_sha256, id));
    return id;
  }
  AMSEL_ASSIGN_OR_RETURN(Statement add,
                         database_.Prepare("INSERT INTO candidate(name, view, card, file_sha256) VALUES(?,?,?,?)"));
  AMSEL_RETURN_IF_ERROR(add.Run(candidate.name, candidate.view, candidate.card, candidate.file_sha256));
  return database_.LastInsertId();
}

Status ProfileStore::Clear(const std::vector<const char*>& tables, const std::string& column, std::int64_t id) {
  for (const char* table : tables) {
    AMSEL_ASSIGN_OR_RETURN(Statement * clear,
                           Prepared("DELETE FROM " + std::string(table) + " WHERE " + column + " = ?"));
    AMSEL_RETURN_IF_ERROR(clear->Run(id));
  }
  return {};
}

Status ProfileStore::RemoveCandidate(std::int64_t candidate) {
  AMSEL_RETURN_IF_ERROR(Clear(kOfCandidates, "candidate", candidate));
  AMSEL_RETURN_IF_ERROR(Clear({"after_run"}, "predecessor", candidate));
  return Clear({"candidate"}, "id", candidate);
}

Result<std::int64_t> ProfileStore::PutConfig(const StoredConfig& c) {
  AMSEL_ASSIGN_OR_RETURN(
      Statement query,
      database_.Prepare(
          "SELECT id FROM config WHERE backend = ? AND version = ? AND threads = ? AND graph = ? AND device = ? AND "
          "int8 = ?"));
  query.Bind(c.backend, c.version, c.threads, c.graph, c.device, c.int8);
  AMSEL_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (found) return query.Integer(0);
  AMSEL_ASSIGN_OR_RETURN(
      Statement add,
      database_.Prepare("INSERT INTO config(backend, version, threads, graph, device, int8) VALUES(?,?,?,?,?,?)"));
  AMSEL_RETURN_IF_ERROR(add.Run(c.backend, c.version, c.threads, c.graph, c.device, c.int8));
  return database_.LastInsertId();
}

Status ProfileStore::PutInput(const StoredInput& input) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO input VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"));
  const auto text = [](const std::string& value) {
    return value.empty() ? std::optional<std::string>() : std::optional(value);
  };
  return put->Run(input.id, input.key, text(input.path), text(input.sha256), input.width, input.height, input.label,
                  text(input.group), input.weight, text(input.split), std::int64_t{input.decode.count()},
                  std::string_view(input.thumbnail));
}

Status ProfileStore::PutLogProbs(std::int64_t input, std::int64_t candidate, std::span<const float> log_probs) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO output VALUES(?,?,'log_prob',?)"));
  const std::string packed = PackHalves(log_probs);
  return put->Run(input, candidate, std::string_view(packed));
}

Status ProfileStore::PutFeature(std::int64_t input, const std::string& name, std::optional<double> value,
                                Nanoseconds took) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO feature VALUES(?,?,?,?)"));
  return put->Run(input, name, value, std::int64_t{took.count()});
}

Result<std::optional<StoredFeatureDnn>> ProfileStore::FeatureDnn() {
  StoredFeatureDnn feature_dnn;
  AMSEL_ASSIGN_OR_RETURN(feature_dnn.sha256, Meta("feature_dnn_sha256"));
  if (feature_dnn.sha256.empty()) return std::optional<StoredFeatureDnn>();
  AMSEL_ASSIGN_OR_RETURN(feature_dnn.file, Meta("feature_dnn_file"));
  AMSEL_ASSIGN_OR_RETURN(feature_dnn.card, Meta("feature_dnn_card"));
  AMSEL_ASSIGN_OR_RETURN(const std::string config, Meta("feature_dnn_config"));
  feature_dnn.config = std::atoll(config.c_str());
  return std::optional(feature_dnn);
}

Status ProfileStore::PutFeatureDnn(const StoredFeatureDnn& feature_dnn) {
  AMSEL_ASSIGN_OR_RETURN(Statement clear, database_.Prepare("DELETE FROM feature WHERE name = ? OR name LIKE ?"));
  AMSEL_RETURN_IF_ERROR(clear.Run(std::string(kDnnStage), std::string(kDnnFeatures) + ".%"));
  AMSEL_RETURN_IF_ERROR(Clear({"conformance"}, "candidate", kFeatureDnnId));
  AMSEL_RETURN_IF_ERROR(SetMeta("feature_dnn_sha256", feature_dnn.sha256));
  AMSEL_RETURN_IF_ERROR(SetMeta("feature_dnn_file", feature_dnn.file));
  AMSEL_RETURN_IF_ERROR(SetMeta("feature_dnn_card", feature_dnn.card));
  return SetMeta("feature_dnn_config", std::to_string(feature_dnn.config));
}

Status ProfileStore::PutFailure(std::int64_t input, const std::string& reason) {
  AMSEL_RETURN_IF_ERROR(Clear(kOfInputs, "input", input));
  AMSEL_RETURN_IF_ERROR(Clear({"input"}, "id", input));
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO failure VALUES(?,?)"));
  return put->Run(input, reason);
}

Status ProfileStore::PutRunFailure(const StoredRunFailure& failure) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO run_failure VALUES(?,?,?)"));
  return put->Run(failure.input, failure.candidate, failure.reason);
}

Status ProfileStore::ForgetFailures() {
  return database_.Execute("DELETE FROM failure; DELETE FROM run_failure");
}

Status ProfileStore::PutConformance(std::int64_t dnn, int item, std::span<const std::uint8_t> pixels,
                                    std::span<const float> answer) {
  AMSEL_ASSIGN_OR_RETURN(Statement * put, Prepared("INSERT OR REPLACE INTO conformance VALUES(?,?,?,?)"));
  const std::string_view bytes(reinterpret_cast<const char*>(pixels.data()), pixels.size());
  return put->Run(dnn, item, bytes, AsBytes(answer));
}

}  // namespace amsel
