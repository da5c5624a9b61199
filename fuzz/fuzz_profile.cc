// Profiles from elsewhere, SQLite as data: either the file's bytes, or a list of changes to the cells of a whole one.
// What is read must be fit to compute with.
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "profile/store.h"
#include "profile/table.h"

namespace {

using amsel::Nanoseconds;

constexpr int kImages = 4;
constexpr int kClasses = 3;
constexpr int kMostChanges = 6;

std::string FileName(const char* name) {
  return (std::filesystem::temp_directory_path() / ("fuzz_profile." + std::to_string(getpid()) + name)).string();
}

void Must(const amsel::Status& status) {
  if (!status.ok()) std::abort();
}

/// Two candidates, four images, a feature, everything recorded.
std::string WholeProfile() {
  const std::string file = FileName(".whole");
  amsel::RemoveProfile(file);
  auto store = amsel::ProfileStore::Create(file).value();
  Must(store.Begin());
  Must(store.SetMeta("labels", "[\"a\", \"b\", \"c\"]"));
  Must(store.SetMeta("zoo", "/zoo"));
  Must(store.SetMeta("feature_code_version", "1"));
  const std::int64_t config = store.PutConfig({"onnxruntime", "1", 1, "all", "cpu", ""}).value();
  const std::vector<float> log_probs(kClasses, -std::log(static_cast<float>(kClasses)));
  for (int i = 0; i < kImages; ++i) {
    const std::string key = std::to_string(i) + ".png";
    Must(store.PutInput({i, key, key, "", 4, 4, i % kClasses, "", 1, "", Nanoseconds(5), std::string(256, 'a')}));
    Must(store.PutFeature(i, "contrast", 0.5, Nanoseconds(5)));
  }
  std::vector<std::int64_t> ids;
  for (const char* name : {"small", "large"}) {
    const std::int64_t id = store.PutCandidate({0, name, "identity", "", ""}).value();
    ids.push_back(id);
    Must(store.PutLoad(id, config, Nanoseconds(7), 1024));
    Must(store.PutEnergy(id, config, {0.5, "meter", {}, 1.0, {}}));
    Must(store.PutConformance(id, 0, std::vector<std::uint8_t>(48), log_probs));
    for (int i = 0; i < kImages; ++i) {
      Must(store.PutRun(i, id, config, Nanoseconds(3), {Nanoseconds(100), Nanoseconds(90), 0}));
      Must(store.PutLogProbs(i, id, log_probs));
    }
  }
  Must(store.PutAfterRun({ids[0], config, ids[1], {Nanoseconds(100), {}, 0}, {Nanoseconds(90), {}, 0}}));
  Must(store.Commit());
  Must(store.Complete());
  return file;
}

struct Column {
  const char* table;
  const char* key;  ///< a column that tells rows apart
  const char* name;
};

constexpr Column kColumns[] = {
    {"input", "id", "id"},
    {"input", "id", "label"},
    {"input", "id", "weight"},
    {"input", "id", "decode_ns"},
    {"input", "id", "split"},
    {"input", "id", "\"group\""},
    {"input", "id", "thumbnail"},
    {"candidate", "id", "id"},
    {"candidate", "id", "name"},
    {"candidate", "id", "view"},
    {"candidate", "id", "card"},
    {"config", "id", "threads"},
    {"load", "candidate", "load_ns"},
    {"load", "candidate", "resident_bytes"},
    {"run", "input", "input"},
    {"run", "input", "candidate"},
    {"run", "input", "config"},
    {"run", "input", "preprocess_ns"},
    {"run", "input", "inference_ns"},
    {"run", "input", "cpu_ns"},
    {"run", "input", "preemptions"},
    {"output", "input", "blob"},
    {"output", "input", "candidate"},
    {"energy", "candidate", "joules_per_run"},
    {"feature", "input", "value"},
    {"feature", "input", "ns"},
    {"feature", "input", "name"},
    {"after_run", "candidate", "inference_ns"},
    {"after_run", "candidate", "again_inference_ns"},
    {"after_run", "candidate", "again_cpu_ns"},
    {"conformance", "candidate", "log_prob"},
    {"conformance", "candidate", "pixels"},
    {"meta", "key", "value"},
};

void Change(amsel::Database& database, FuzzedDataProvider& data) {
  const Column& column = data.PickValueInArray(kColumns);
  const std::string table = column.table;
  auto update =
      database.Prepare("UPDATE OR IGNORE " + table + " SET " + column.name + " = ?2 WHERE " + column.key + " = ?1");
  if (!update.ok()) std::abort();
  const auto run = [&](const auto& value) {
    const std::string key =
        table == "meta" ? std::string(data.PickValueInArray(
                              {"labels", "zoo", "complete", "feature_code_version", "decode_min_side", "schema"}))
                        : "";
    (void)(key.empty() ? update->Run(std::int64_t{data.ConsumeIntegralInRange(0, kImages)}, value)
                       : update->Run(key, value));
  };
  switch (data.ConsumeIntegralInRange(0, 3)) {
    case 0:
      run(data.ConsumeIntegral<std::int64_t>());
      break;
    case 1:
      run(data.ConsumeFloatingPoint<double>());
      break;
    case 2:
      run(data.ConsumeRandomLengthString(64));
      break;
    default: {
      const std::string bytes = data.ConsumeRandomLengthString(64);
      run(std::string_view(bytes));
    }
  }
}

bool Fit(const amsel::ProfileTable& table) {
  const auto is_time = [](double ms) { return std::isfinite(ms) && ms >= 0; };
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    const bool times = is_time(table.MeanPreprocessMs(c)) && table.MeanInferenceMs(c) > 0 &&
                       is_time(table.MeanInferenceAfterMs(c)) && is_time(table.InferenceQuantileMs(c, 0.99));
    if (!times || !is_time(table.profiled[c].load_ms)) return false;
    std::vector<float> log_probs(static_cast<std::size_t>(table.classes()));
    for (std::size_t i = 0; i < table.image_count(); ++i) {
      if (table.images[i].label < 0 || table.images[i].label >= table.classes()) return false;
      if (!(table.images[i].weight >= 0) || !std::isfinite(table.images[i].weight)) return false;
      table.LogProbsOf(c, i, log_probs);
      for (const float log_prob : log_probs) {
        if (!std::isfinite(log_prob) || log_prob > 0) return false;
      }
      if (table.TopClassOf(c, i) >= table.classes()) return false;
    }
    (void)table.Conformance(c);
  }
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    for (const float value : table.Features(i)) {
      if (!std::isfinite(value)) return false;
    }
  }
  return is_time(table.mean_decode_ms) && !table.data_sha256.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const std::string whole = [] {
    const std::string made = WholeProfile();
    std::string content = amsel::ReadFile(made).value();
    amsel::RemoveProfile(made);
    return content;
  }();
  static const std::string file = FileName(".db");
  const std::string_view given(reinterpret_cast<const char*>(bytes), size);
  const bool raw = given.starts_with("SQLite format 3");
  amsel::RemoveProfile(file);
  std::ofstream(file, std::ios::binary) << (raw ? std::string(given) : whole);  // not synced, as WriteFile's are
  if (!raw) {
    auto database = amsel::Database::Open(file, amsel::Database::Mode::kReadWrite);
    if (!database.ok()) std::abort();
    FuzzedDataProvider data(bytes, size);
    for (int change = 0; change < kMostChanges && data.remaining_bytes() > 0; ++change) Change(*database, data);
  }
  const auto table = amsel::ProfileTable::Load(file);
  if (table.ok() && !Fit(*table)) std::abort();
  amsel::RemoveProfile(file);
  return 0;
}
