#include "profile/feature_dnn_turn.h"

#include <filesystem>

#include "base/device.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "features/dnn_features.h"

namespace amsel {

Status CheckNoFeatureDnn(ProfileStore& store) {
  AMSEL_ASSIGN_OR_RETURN(const auto known, store.FeatureDnn());
  if (!known) return {};
  return UsageError(store.file() + ": has features of the DNN " + known->file +
                    "; name that file with --feature-dnn to continue it");
}

FeatureDnnTurn::FeatureDnnTurn(std::string file, std::string sha256, FeatureDnnRunner runner)
    : file_(std::move(file)),
      sha256_(std::move(sha256)),
      runner_(std::move(runner)),
      preprocessor_(runner_.card().preprocess),
      tensor_(TensorBytes(runner_.card().preprocess)) {}

Result<FeatureDnnTurn> FeatureDnnTurn::Open(const std::string& file, const Placement& at) {
  AMSEL_ASSIGN_OR_RETURN(Card card, ReadFeatureDnnCard(file));
  AMSEL_ASSIGN_OR_RETURN(std::string sha256, DnnSha256OfFile(file));
  AMSEL_ASSIGN_OR_RETURN(FeatureDnnRunner runner,
                         FeatureDnnRunner::Open(*at.backend, at.options, file, std::move(card)));
  return FeatureDnnTurn(file, std::move(sha256), std::move(runner));
}

Status FeatureDnnTurn::Settle(const Placement& at, ProfileStore& store) {
  std::error_code failure;
  const std::string path = std::filesystem::absolute(file_, failure).lexically_normal().string();
  const std::string card = CardToJson(runner_.card()).dump();
  AMSEL_ASSIGN_OR_RETURN(const auto known, store.FeatureDnn());
  if (known && known->sha256 == sha256_ && known->card == card) return store.SetMeta("feature_dnn_file", path);
  AMSEL_ASSIGN_OR_RETURN(const std::int64_t config,
                         store.PutConfig({IdentityText(IdentityOf(*at.backend, at.options)), at.backend->version(),
                                          at.options.threads, GraphOptimizationName(at.options.graph), DeviceName()}));
  return store.PutFeatureDnn({path, sha256_, card, config});
}

bool FeatureDnnTurn::Misses(const StoredProgress& done, std::int64_t input) {
  const auto it = done.features.find(input);
  return it == done.features.end() || !it->second.contains(DnnFeatureName(0));
}

Status FeatureDnnTurn::Infer(const Image& image) {
  preprocessor_.Apply(image, tensor_);
  const Status status = runner_.Run(tensor_, values_);
  return status.ok() ? status : Error{status.error().kind, file_ + ": " + status.error().message};
}

Status FeatureDnnTurn::Run(const std::vector<const Image*>& images, const std::vector<std::int64_t>& inputs,
                           const Clock& clock, ProfileStore& store,
                           const std::function<Status(std::size_t position, const Error& why)>& failed) {
  for (const Image* image : images) {
    if (Infer(*image).ok()) break;
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Nanoseconds start = clock.Now();
    if (const Status status = Infer(*images[i]); !status.ok()) {
      AMSEL_RETURN_IF_ERROR(failed(i, status.error()));
      continue;
    }
    AMSEL_RETURN_IF_ERROR(store.PutFeature(inputs[i], kDnnStage, {}, clock.Now() - start));
    for (int value = 0; value < runner_.values(); ++value) {
      AMSEL_RETURN_IF_ERROR(
          store.PutFeature(inputs[i], DnnFeatureName(value), values_[static_cast<std::size_t>(value)], Nanoseconds(0)));
    }
  }
  return {};
}

}  // namespace amsel
