// The memory of a call.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bundle/bundle.h"
#include "image/decode.h"
#include "image/input_set.h"
#include "image/view.h"
#include "policy/episode.h"
#include "runtime/candidate_store.h"
#include "runtime/feature_source.h"

namespace amsel {

/// What one image at a time is worked on with, kept from image to image, over candidates that may be shared: prepares
/// each distinct input once per image. Not thread-safe; each thread has its own, over one store.
class Workspace {
 public:
  static Result<Workspace> Create(std::shared_ptr<CandidateStore> store, const DecodeOptions& decode = {});

  CandidateStore& store() const { return *store_; }
  const Bundle& bundle() const { return store_->bundle(); }
  const Clock& clock() const { return store_->clock(); }

  /// The image as BGR, here or where the caller has it; valid until the next. `frame` must have passed CheckView.
  Result<ImageView> Decode(std::string_view encoded);
  ImageView Convert(const ImageView& frame) { return ToBgr(frame, image_); }

  /// The episode of the bundle's policy, at that operating point.
  Episode& EpisodeAt(std::size_t point);

  /// What follows is about another image from here on.
  void Forget() { inputs_.Forget(); }

  /// The input tensor of candidate `id` for the current image (BGR), which is always the same one until Forget().
  std::span<const std::byte> Prepare(CandidateId id, const ImageView& image) {
    return inputs_.Prepare(InputOf(id), image);
  }
  /// Whether it is there already.
  bool IsPrepared(CandidateId id) const { return inputs_.ready(InputOf(id)); }

  /// The features of that image which the bundle's policy reads, of which it must have some (of a file where
  /// reads_file()). Error where the feature DNN cannot run.
  Result<std::span<const float>> Features(const ImageView& image) { return features_->Read(image, inputs_); }

  /// Whether features may be of the image's file, which frames lack.
  bool reads_file() const { return features_ && features_->reads_file(); }

  /// Room for the raw output of a candidate, and for its canonical one.
  std::vector<float>& raw() { return raw_; }
  std::span<float> log_probs() { return log_probs_; }

 private:
  Workspace(std::shared_ptr<CandidateStore> store, const DecodeOptions& decode);
  std::size_t InputOf(CandidateId id) const { return input_of_[static_cast<std::size_t>(id)]; }

  std::shared_ptr<CandidateStore> store_;
  ImageDecoder decoder_;
  Image image_;  ///< decoded or converted
  std::optional<FeatureSource> features_;
  InputSet inputs_;
  std::vector<std::size_t> input_of_;  ///< per candidate, into inputs_
  std::vector<float> raw_;
  std::vector<float> log_probs_;
  std::optional<Episode> episode_;
  std::size_t point_ = 0;  ///< of the episode
};

}  // namespace amsel
