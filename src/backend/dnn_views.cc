#include "backend/dnn_views.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "backend/candidate_runner.h"
#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "card/onnx_file.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Whether what was freed of its size answers at that size to the bit as it did.
Status CheckOwnSize(const CandidateRunner& fixed, const CandidateRunner& freed) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const std::vector<std::byte> tensor = NoiseTensor(fixed.card().preprocess, seed);
    std::vector<float> before;
    std::vector<float> after;
    AMSEL_RETURN_IF_ERROR(fixed.InferBatch(tensor, 1, before));
    AMSEL_RETURN_IF_ERROR(freed.InferBatch(tensor, 1, after));
    if (!SameBits(before, after)) return BadInput("freed of its size the DNN answers otherwise");
  }
  return {};
}

Status CheckSize(const CandidateRunner& freed, const Preprocess& preprocess, std::size_t values) {
  std::vector<float> raw;
  AMSEL_RETURN_IF_ERROR(freed.InferBatch(NoiseTensor(preprocess, 1), 1, raw));
  const bool usable =
      raw.size() == values && std::all_of(raw.begin(), raw.end(), [](float x) { return std::isfinite(x); });
  return usable ? Status() : BadInput("the DNN gives no answer of its usual kind at this size");
}

/// Takes the sizes out of the DNN's views for one reason.
void RefuseSizes(const std::string& why, OpenedDnn& dnn) {
  for (const View& view : dnn.views) {
    if (view.is_size()) dnn.refused.emplace_back(view, why);
  }
  std::erase_if(dnn.views, std::mem_fn(&View::is_size));
}

/// A session, and what it took.
struct Opened {
  std::shared_ptr<Session> session;
  Nanoseconds load{0};
  std::int64_t resident_before = 0;

  void PutInto(OpenedDnn& dnn) const {
    dnn.session = session;
    dnn.load = load;
    ReturnFreedMemory();  // what loading needed beside the session
    dnn.resident_bytes = std::max<std::int64_t>(0, ResidentBytes() - resident_before);
  }
};

Result<Opened> OpenSession(Backend& backend, const SessionOptions& options, const std::string& model_file,
                           const Clock& clock) {
  Opened opened;
  ReturnFreedMemory();  // what others left would hold a part of it unseen
  opened.resident_before = ResidentBytes();
  const Nanoseconds start = clock.Now();
  AMSEL_ASSIGN_OR_RETURN(opened.session, backend.Open(model_file, options));
  opened.load = clock.Now() - start;
  return opened;
}

/// Puts a session that is free of the size into the place of the fixed one, and keeps the sizes that it can run at.
Status FreeForSizes(const Placement& at, const std::string& model_file, const CandidateRunner& fixed, int classes,
                    const Clock& clock, OpenedDnn& dnn) {
  SessionOptions options = at.options;
  options.free_size = true;
  AMSEL_ASSIGN_OR_RETURN(const Opened opened, OpenSession(*at.backend, options, model_file, clock));
  AMSEL_ASSIGN_OR_RETURN(const CandidateRunner freed,
                         CandidateRunner::Over(opened.session, model_file, dnn.card, classes));
  AMSEL_RETURN_IF_ERROR(CheckOwnSize(fixed, freed));
  std::vector<float> own;
  AMSEL_RETURN_IF_ERROR(freed.InferBatch(NoiseTensor(dnn.card.preprocess, 1), 1, own));
  std::erase_if(dnn.views, [&](const View& view) {
    if (!view.is_size()) return false;
    const Status runs = CheckSize(freed, *InView(dnn.card.preprocess, view), own.size());
    if (!runs.ok()) dnn.refused.emplace_back(view, runs.error().message);
    return !runs.ok();
  });
  if (std::any_of(dnn.views.begin(), dnn.views.end(), std::mem_fn(&View::is_size))) opened.PutInto(dnn);
  return {};
}

/// What is asked for of this DNN, sizes to be found out among it.
Result<std::vector<View>> Resolved(const WantedViews& wanted, const std::string& model_file, const Preprocess& own) {
  std::vector<View> views{View{}};
  const auto add = [&](const View& view) {
    if (std::find(views.begin(), views.end(), view) == views.end()) views.push_back(view);
  };
  std::for_each(wanted.views.begin(), wanted.views.end(), add);
  if (!wanted.auto_sizes || own.height != own.width) return views;
  AMSEL_ASSIGN_OR_RETURN(const std::optional<OnnxFile> file, ReadIfOnnx(model_file));
  if (!file) return views;
  const std::vector<View> sizes = AutoSizes(own.height, file->reduction);
  std::for_each(sizes.begin(), sizes.end(), add);
  return views;
}

}  // namespace

std::vector<View> AutoSizes(int side, std::int64_t reduction) {
  constexpr double kMostPixels = 0.8;
  std::vector<View> sizes;
  for (const double pixels : {0.75, 0.5, 0.33}) {
    const double aim = side * std::sqrt(pixels);
    const auto steps = std::max<std::int64_t>(1, std::llround((side - aim) / static_cast<double>(reduction)));
    const auto size = static_cast<double>(side - steps * reduction);
    if (size < static_cast<double>(reduction) || size * size > kMostPixels * side * side) continue;
    const View view{View::Kind::kSize, size};
    if (std::find(sizes.begin(), sizes.end(), view) == sizes.end()) sizes.push_back(view);
  }
  return sizes;
}

Result<OpenedDnn> OpenForViews(const Placement& at, const std::string& model_file, Card card, int classes,
                               const WantedViews& wanted, const Clock& clock) {
  OpenedDnn dnn;
  AMSEL_ASSIGN_OR_RETURN(dnn.sha256, DnnSha256OfFile(model_file));
  AMSEL_ASSIGN_OR_RETURN(const Opened opened, OpenSession(*at.backend, at.options, model_file, clock));
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner fixed,
                         CandidateRunner::Over(opened.session, model_file, std::move(card), classes));
  dnn.card = fixed.card();
  (void)fixed.Infer(NoiseTensor(dnn.card.preprocess, 1));  // memory is taken on first use; noise may fail
  opened.PutInto(dnn);
  AMSEL_ASSIGN_OR_RETURN(dnn.views, Resolved(wanted, model_file, dnn.card.preprocess));
  std::erase_if(dnn.views, [&](const View& view) {
    const auto seen = InView(dnn.card.preprocess, view);
    if (!seen.ok()) dnn.refused.emplace_back(view, seen.error().message);
    return !seen.ok();
  });
  if (std::none_of(dnn.views.begin(), dnn.views.end(), std::mem_fn(&View::is_size))) return dnn;
  const Status freed = FreeForSizes(at, model_file, fixed, classes, clock, dnn);
  if (!freed.ok()) RefuseSizes(freed.error().message, dnn);
  return dnn;
}

}  // namespace amsel
