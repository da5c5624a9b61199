// A bundle on disk: the folder that is deployed (docs/formats/bundle.md). Written whole or not at all; checked on open.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "base/input_folder.h"
#include "base/minisign.h"
#include "base/tensor_file.h"
#include "bundle/manifest.h"
#include "card/card.h"
#include "card/dnn_files.h"
#include "policy/policy.h"

namespace amsel {

/// What a bundle is made of, before it is a folder.
struct BundleContents {
  struct DnnParts {
    Card card;               ///< a candidate's `labels` are rewritten to the bundle's
    std::string model_file;  ///< copied from here, with the data files that it names; empty: it is left out
    /// With the file: `pixels` [n, height, width, channels], and `log_probs` [n, classes] or, of a feature DNN,
    /// `values` [n, values].
    TensorFile conformance;
  };
  Manifest manifest;  ///< what it says of names of DNN files (DnnNames) is filled in when it is written
  const Policy* policy = nullptr;
  std::vector<std::string> labels;
  std::map<std::string, DnnParts> folders;  ///< of candidates, by Dnn::folder
  std::optional<DnnParts> feature_dnn{};    ///< where the manifest has one
  std::set<std::string> training_images;    ///< see ContentKey
};

/// The file beside SHA256SUMS that signs it: `minisign -Sm SHA256SUMS` writes it, amsel never does.
inline constexpr const char* kSumsSignature = "SHA256SUMS.minisig";

/// Whether WriteBundle may write to `path`: nothing is there, or an empty folder, or a bundle with no files but its
/// own. Else a usage error.
Status CheckReplaceable(const std::string& path);

/// Writes the folder under a temporary name, opens and verifies it there, then renames it to `path`, replacing a bundle
/// (CheckReplaceable). What cannot be opened replaces nothing.
Status WriteBundle(const BundleContents& contents, const std::string& path);

/// An opened bundle. Immutable, thread-safe.
class Bundle {
 public:
  /// Reads and checks manifest, policy, labels and cards, each once and all from one folder, even while another takes
  /// its place; the DNN files are checked when they are first used. Nothing is read that lies outside of the folder.
  /// With a `public_key` of minisign (MinisignKey::Read) SHA256SUMS must be signed by it (kSumsSignature), and every
  /// file is verified now.
  static Result<Bundle> Open(const std::string& path, const std::optional<std::string>& public_key = {});

  const std::string& path() const { return path_; }
  /// The trusted comment of its signature; absent where it was opened without a key.
  const std::optional<std::string>& signed_comment() const { return signed_comment_; }
  const Manifest& manifest() const { return manifest_; }
  const Policy& policy() const { return *policy_; }
  const std::vector<std::string>& labels() const { return labels_; }
  /// The card of candidate `id`, with its view applied.
  const Card& card(CandidateId id) const { return cards_[static_cast<std::size_t>(id)]; }
  /// That of one of the manifest's DNNs, as its file has it.
  const Card& CardOf(const Dnn& dnn) const { return dnn_cards_.at(dnn.path()); }

  /// Whether candidate `id` was made from another: a view, or a twin, as its card says. Never a yardstick.
  bool IsDerived(CandidateId id) const;

  /// Bad input where it knows no classes (kOwnAnswers), and so has no DNNs: there is nothing that could be run.
  Status CheckRuns() const;

  const ManifestCandidate& candidate(CandidateId id) const {
    return manifest_.candidates[static_cast<std::size_t>(id)];
  }

  /// The files of one of the manifest's DNNs.
  DnnFiles Files(const Dnn& dnn) const;

  /// Path of the file that back ends open for it, once the checksums of all its files have been found right. Bad input
  /// where it was left out of the bundle.
  Result<std::string> VerifiedFile(const Dnn& dnn) const;

  /// Path of the first of its files whose checksum is wrong; empty: all are right. An error where one cannot be read.
  Result<std::string> DamagedFile(const Dnn& dnn) const;

  /// Its conformance tensors (see BundleContents).
  Result<TensorFile> Conformance(const Dnn& dnn) const;

  /// The keys (see ContentKey) of the images that it was trained on, and of those that its candidates were calibrated
  /// on, as their cards say: none of them says how good it is.
  Result<std::set<std::string>> TrainingImages() const;

  /// Paths of the files that it is made of.
  std::vector<std::string> Files() const;

  /// Checks every file against SHA256SUMS; the first that differs is the error.
  Status VerifyAllFiles() const;

 private:
  Bundle() = default;
  static Result<Bundle> OpenIn(const InputFolder& folder, const std::optional<MinisignKey>& key);
  Status LoadCards(const InputFolder& folder);
  Status VerifyAll(const InputFolder& folder) const;
  Result<Card> ReadCard(const InputFolder& folder, const std::string& name, CardUse use) const;
  /// Bad input where the DNN was left out when the bundle was written.
  Status CheckHeld(const Dnn& dnn) const;
  Result<std::string> ListedSum(const std::string& name) const;
  Result<std::string> ReadVerified(const InputFolder& folder, const std::string& name,
                                   std::uint64_t max_bytes = kMostBytes) const;

  std::string path_;
  std::optional<std::string> signed_comment_;
  Manifest manifest_;
  std::unique_ptr<Policy> policy_;
  std::vector<std::string> labels_;
  std::vector<Card> cards_;
  std::map<std::string, Card> dnn_cards_;  ///< by Dnn::path()
  std::map<std::string, std::string> sums_;
};

}  // namespace amsel
