#include "bundle/bundle.h"

#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/plain_name.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "card/view.h"
#include "features/dnn_features.h"
#include "features/features.h"
#include "policy/policy_file.h"

namespace amsel {
namespace {

constexpr std::uint64_t kMaxText = std::uint64_t{64} << 20;
constexpr std::size_t kHexDigits = 64;

Result<std::string> VerifySignature(const InputFolder& folder, const MinisignKey& key, std::string_view sums) {
  const std::string file = folder.path() + "/" + kSumsSignature;
  if (!folder.Has(kSumsSignature)) {
    return BadInput(file + ": is missing: the bundle is not signed, and a signature of key " + key.Id() +
                    " was asked for");
  }
  AMSEL_ASSIGN_OR_RETURN(const std::string signature, folder.ReadFile(kSumsSignature, kMostSignatureBytes));
  return key.Verify(sums, signature, file);
}

Result<std::map<std::string, std::string>> ParseSums(const std::string& text, const std::string& file) {
  std::map<std::string, std::string> sums;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < kHexDigits + 3 || line.substr(kHexDigits, 2) != "  ") {
      return BadInput(file + ": expected lines of a checksum, two spaces and a name");
    }
    const std::string name = line.substr(kHexDigits + 2);
    if (!IsPlainPath(name)) return BadInput(file + ": names " + name + ", which is no file of the bundle");
    sums[name] = line.substr(0, kHexDigits);
  }
  return sums;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Result<std::string> SumOf(const InputFolder& folder, const std::string& name) {
  AMSEL_ASSIGN_OR_RETURN(const InputFile file, folder.OpenFile(name));
  return Sha256HexOf(file);
}

Error Changed(const std::string& file) {
  return BadInput(file + ": its content does not match SHA256SUMS: the bundle is damaged");
}

/// What the policy says of itself must be what the manifest says of it.
Status CheckPolicy(const Policy& policy, const Manifest& manifest, const std::string& file) {
  bool fits = policy.kind() == manifest.policy_kind && policy.class_count() == manifest.classes &&
              policy.candidate_count() == static_cast<int>(manifest.candidates.size()) &&
              policy.operating_points().size() == manifest.operating_points.size() &&
              policy.feature_names() == manifest.features;
  for (std::size_t i = 0; fits && i < manifest.operating_points.size(); ++i) {
    fits = policy.operating_points()[i] == manifest.operating_points[i].name;
  }
  if (!fits) return BadInput(file + ": does not belong to the bundle's manifest.json");
  if (!manifest.features.empty() && manifest.feature_code_version != kFeatureCodeVersion) {
    return BadInput(file + ": field `features.code_version`: expected " + std::to_string(kFeatureCodeVersion) +
                    ", found " + std::to_string(manifest.feature_code_version) + "; train the bundle anew");
  }
  const auto known = FeatureExtractor::Create(DnnFeaturesIn(manifest.features, /*wanted=*/false));
  if (!known.ok()) return BadInput(file + ": field `features.names`: " + known.error().message);
  return {};
}

}  // namespace

Result<std::string> Bundle::ListedSum(const std::string& name) const {
  const auto sum = sums_.find(name);
  if (sum == sums_.end()) return BadInput(path_ + "/SHA256SUMS: has no line for " + name);
  return sum->second;
}

Result<std::string> Bundle::ReadVerified(const InputFolder& folder, const std::string& name,
                                         std::uint64_t max_bytes) const {
  AMSEL_ASSIGN_OR_RETURN(const std::string sum, ListedSum(name));
  AMSEL_ASSIGN_OR_RETURN(std::string bytes, folder.ReadFile(name, max_bytes));
  if (Sha256Hex(bytes) != sum) return Changed(path_ + "/" + name);
  return bytes;
}

Result<Bundle> Bundle::Open(const std::string& path, const std::optional<std::string>& public_key) {
  std::optional<MinisignKey> key;
  if (public_key) {
    AMSEL_ASSIGN_OR_RETURN(key, MinisignKey::Read(*public_key));
  }
  constexpr int kTries = 100;  // whoever opens slowly may meet many, one after another
  std::error_code failure;
  for (int tries = 1;; ++tries) {
    if (!std::filesystem::is_directory(path, failure)) return BadInput(path + ": is not a folder (expected a bundle)");
    AMSEL_ASSIGN_OR_RETURN(const InputFolder folder, InputFolder::Open(path));
    Result<Bundle> bundle = OpenIn(folder, key);
    // Whoever put another bundle in its place has removed this one's files since.
    if (bundle.ok() || tries == kTries || folder.IsInPlace()) return bundle;
  }
}

Result<Bundle> Bundle::OpenIn(const InputFolder& folder, const std::optional<MinisignKey>& key) {
  const std::string& path = folder.path();
  Bundle bundle;
  bundle.path_ = path;
  if (!folder.Has("manifest.json")) return BadInput(path + ": is not a bundle: it has no manifest.json");
  AMSEL_ASSIGN_OR_RETURN(const std::string sums, folder.ReadFile("SHA256SUMS", kMaxText));
  if (key) {
    AMSEL_ASSIGN_OR_RETURN(bundle.signed_comment_, VerifySignature(folder, *key, sums));
  }
  AMSEL_ASSIGN_OR_RETURN(bundle.sums_, ParseSums(sums, path + "/SHA256SUMS"));
  const std::string manifest_file = path + "/manifest.json";
  AMSEL_ASSIGN_OR_RETURN(const std::string manifest_text, bundle.ReadVerified(folder, "manifest.json", kMaxText));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(manifest_text, manifest_file));
  AMSEL_ASSIGN_OR_RETURN(bundle.manifest_, ManifestFromJson(json, manifest_file));
  const std::string policy_file = path + "/policy.safetensors";
  AMSEL_ASSIGN_OR_RETURN(const std::string policy_bytes, bundle.ReadVerified(folder, "policy.safetensors"));
  AMSEL_ASSIGN_OR_RETURN(const TensorFile tensors, ParseTensorFile(policy_bytes, policy_file));
  AMSEL_ASSIGN_OR_RETURN(bundle.policy_, PolicyFromTensorFile(tensors, policy_file));
  AMSEL_RETURN_IF_ERROR(CheckPolicy(*bundle.policy_, bundle.manifest_, policy_file));
  AMSEL_ASSIGN_OR_RETURN(const std::string labels, bundle.ReadVerified(folder, "labels.txt"));
  bundle.labels_ = Lines(labels);
  if (bundle.labels_.size() != static_cast<std::size_t>(bundle.manifest_.classes)) {
    return BadInput(path + "/labels.txt: expected " + std::to_string(bundle.manifest_.classes) + " labels, found " +
                    std::to_string(bundle.labels_.size()));
  }
  AMSEL_RETURN_IF_ERROR(bundle.LoadCards(folder));
  if (key) AMSEL_RETURN_IF_ERROR(bundle.VerifyAll(folder));
  return bundle;
}

Result<Card> Bundle::ReadCard(const InputFolder& folder, const std::string& name, CardUse use) const {
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadVerified(folder, name));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, path_ + "/" + name));
  return ParseCard(json, path_ + "/" + name, use);
}

Status Bundle::LoadCards(const InputFolder& folder) {
  const auto load = [&](const Dnn& dnn, CardUse use) -> Status {
    if (dnn_cards_.contains(dnn.path())) return {};
    AMSEL_ASSIGN_OR_RETURN(Card card, ReadCard(folder, dnn.path() + "/card.json", use));
    dnn_cards_.emplace(dnn.path(), std::move(card));
    return {};
  };
  for (const ManifestCandidate& candidate : manifest_.candidates) {
    AMSEL_RETURN_IF_ERROR(load(candidate, CardUse::kCandidate));
    Card card = CardOf(candidate);
    auto seen = InView(card.preprocess, candidate.view);
    if (!seen.ok()) {
      return BadInput(path_ + "/manifest.json: view " + ViewText(candidate.view) + " of " + candidate.name + ": " +
                      seen.error().message);
    }
    card.preprocess = *std::move(seen);
    cards_.push_back(std::move(card));
  }
  return manifest_.feature_dnn ? load(*manifest_.feature_dnn, CardUse::kFeatureDnn) : Status();
}

Status Bundle::CheckRuns() const {
  if (!policy_->answers_are_own()) return {};
  return BadInput(path_ +
                  ": has no DNNs and knows no classes: it decides by the confidences of DNNs that its caller runs "
                  "(back end `caller`, docs/decisions.md)");
}

bool Bundle::IsDerived(CandidateId id) const {
  return !candidate(id).view.is_identity() || !card(id).derived_from.empty();
}

Status Bundle::CheckHeld(const Dnn& dnn) const {
  if (sums_.contains(dnn.path() + "/" + dnn.names.file)) return {};
  return BadInput(path_ + "/" + dnn.path() +
                  ": has no DNN: the bundle is for who runs the DNNs himself (back end `caller`, docs/decisions.md)");
}

DnnFiles Bundle::Files(const Dnn& dnn) const {
  return {path_ + "/" + dnn.path() + "/" + dnn.names.file, dnn.names.data_files};
}

Result<std::string> Bundle::DamagedFile(const Dnn& dnn) const {
  AMSEL_RETURN_IF_ERROR(CheckHeld(dnn));
  const DnnFiles files = Files(dnn);
  const std::string within = dnn.path() + "/";
  AMSEL_ASSIGN_OR_RETURN(const InputFolder bundle, InputFolder::Open(path_));
  AMSEL_ASSIGN_OR_RETURN(const std::string model_sum, SumOf(bundle, within + dnn.names.file));
  std::vector<std::pair<std::string, std::string>> data_sums;
  for (const std::string& name : dnn.names.data_files) {
    AMSEL_ASSIGN_OR_RETURN(std::string sum, SumOf(bundle, within + name));
    const auto listed = sums_.find(within + name);
    if (listed == sums_.end() || listed->second != sum) return files.DataPath(name);
    data_sums.emplace_back(name, std::move(sum));
  }
  return DnnSha256(model_sum, data_sums) == dnn.sha256 ? std::string() : files.model;
}

Result<std::string> Bundle::VerifiedFile(const Dnn& dnn) const {
  AMSEL_ASSIGN_OR_RETURN(const std::string damaged, DamagedFile(dnn));
  return damaged.empty() ? Result<std::string>(Files(dnn).model) : Changed(damaged);
}

Result<TensorFile> Bundle::Conformance(const Dnn& dnn) const {
  AMSEL_RETURN_IF_ERROR(CheckHeld(dnn));
  const std::string file = "conformance/" + dnn.folder + ".safetensors";
  AMSEL_ASSIGN_OR_RETURN(const InputFolder folder, InputFolder::Open(path_));
  AMSEL_ASSIGN_OR_RETURN(const std::string bytes, ReadVerified(folder, file));
  return ParseTensorFile(bytes, path_ + "/" + file);
}

Result<std::set<std::string>> Bundle::TrainingImages() const {
  AMSEL_ASSIGN_OR_RETURN(const InputFolder folder, InputFolder::Open(path_));
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadVerified(folder, "training_images.txt"));
  const std::vector<std::string> lines = Lines(text);
  std::set<std::string> images(lines.begin(), lines.end());
  for (const Card& card : cards_) {
    if (!card.derivation) continue;
    images.insert(card.derivation->calibration_images.begin(), card.derivation->calibration_images.end());
  }
  return images;
}

std::vector<std::string> Bundle::Files() const {
  std::vector<std::string> files{path_ + "/SHA256SUMS"};
  const std::string signature = path_ + "/" + kSumsSignature;
  std::error_code failure;
  if (std::filesystem::exists(signature, failure)) files.push_back(signature);
  for (const auto& [name, sum] : sums_) files.push_back(path_ + "/" + name);
  return files;
}

Status Bundle::VerifyAllFiles() const {
  AMSEL_ASSIGN_OR_RETURN(const InputFolder folder, InputFolder::Open(path_));
  return VerifyAll(folder);
}

Status Bundle::VerifyAll(const InputFolder& folder) const {
  for (const auto& [name, sum] : sums_) {
    AMSEL_ASSIGN_OR_RETURN(const std::string found, SumOf(folder, name));
    if (found != sum) return Changed(path_ + "/" + name);
  }
  return {};
}

}  // namespace amsel
