// Once images as large have gone through, decoding JPEG, converting frames, preparing inputs, extracting most features
// and reading a feature DNN take nothing from operator new, of this program or the libraries in it. (libjpeg has a
// malloc of its own.) Exempt is what OpenCV works with: other decoders, area interpolation, corners, edges and their
// outlines, the smoothing of a view. Deciding takes nothing at all, from the first image on.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <opencv2/imgcodecs.hpp>

#include "amsel/decisions.h"
#include "features/features.h"
#include "image/decode.h"
#include "image/input_set.h"
#include "image/threads.h"
#include "image/view.h"
#include "policy/drive.h"
#include "policy/premodel.h"
#include "policy/staged.h"
#include "runtime/feature_source.h"
#include "tests/support/counting_new.h"
#include "tests/support/exif.h"
#include "tests/support/staged_plans.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

std::string Photo(int width, int height) {
  cv::Mat picture(height, width, CV_8UC3);
  cv::randu(picture, 0, 255);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", picture, bytes);
  return {bytes.begin(), bytes.end()};
}

/// Allocations of `work` when it is done for the third time.
long Allocations(const std::function<void()>& work) {
  work();
  work();
  const long before = AllocationCount();
  work();
  return AllocationCount() - before;
}

class AllocationTest : public testing::Test {
 protected:
  AllocationTest() { SetImageThreads(1); }

  const std::vector<std::string> photos_{Photo(500, 375), Photo(227, 227), Photo(1200, 900),
                                         WithExif(Photo(500, 375), TiffWithOrientation(6, true))};
};

TEST_F(AllocationTest, OperatorNewIsCounted) {
  EXPECT_EQ(Allocations([] { delete new std::string(100, 'x'); }), 2);
}

TEST_F(AllocationTest, DecodingAJpegTakesNone) {
  ImageDecoder decoder({DecodeOptions().max_pixels, 300});
  Image image;
  EXPECT_EQ(Allocations([&] {
              for (const std::string& photo : photos_) ASSERT_TRUE(decoder.Decode(photo, image).ok());
            }),
            0);
}

/// Cards of every fit, interpolation and order of channels, but for OpenCV's area.
std::vector<Preprocess> EveryCard() {
  std::vector<Preprocess> cards;
  const auto add = [&](Fit fit, int resize_side, Interpolation interpolation, bool antialias) {
    for (const auto channels : {ChannelOrder::kRgb, ChannelOrder::kBgr, ChannelOrder::kGray}) {
      Preprocess card;
      card.height = card.width = 224;
      card.fit = fit;
      card.resize_side = resize_side;
      if (fit == Fit::kCrop && resize_side == 0) card.center_crop_fraction = 0.875;
      card.interpolation = interpolation;
      card.antialias = antialias;
      card.channels = channels;
      cards.push_back(card);
    }
  };
  using enum Interpolation;
  for (const auto& [fit, side] : {std::pair(Fit::kCrop, 0), std::pair(Fit::kCrop, 256), std::pair(Fit::kSquash, 0),
                                  std::pair(Fit::kLetterbox, 0)}) {
    for (const auto interpolation : {kNearest, kBilinear, kBicubic}) add(fit, side, interpolation, false);
    for (const auto interpolation : {kBilinear, kBicubic, kLanczos}) add(fit, side, interpolation, true);
  }
  add(Fit::kCrop, 256, kArea, false);
  return cards;
}

TEST_F(AllocationTest, PreparingInputsTakesNone) {
  InputSet inputs;
  std::size_t count = 0;
  for (const Preprocess& card : EveryCard()) count = inputs.Add(card) + 1;
  std::vector<Image> images;
  for (const std::string& photo : photos_) images.push_back(*DecodeImage(photo));
  EXPECT_EQ(Allocations([&] {
              for (const Image& image : images) {
                inputs.Forget();
                for (std::size_t i = 0; i < count; ++i) inputs.Prepare(i, image);
              }
            }),
            0);
}

TEST_F(AllocationTest, ExtractingFeaturesTakesNoneButForCornersAndEdges) {
  std::vector<std::string> names = AllFeatureNames();
  std::erase_if(names, [](const std::string& name) {
    return name == "keypoints" || name == "area_by_perimeter" || name == "aspect_ratio" || name.starts_with("edge_");
  });
  auto extractor = FeatureExtractor::Create(names);
  std::vector<float> values(names.size());
  for (const std::string& photo : photos_) {
    const Image image = *DecodeImage(photo);
    EXPECT_EQ(Allocations([&] { extractor->Extract(image, values); }), 0);
  }
}

TEST_F(AllocationTest, ReadingAFeatureDnnTakesNone) {
  TwoCandidates world("allocation_feature_dnn", TwoCandidates::ReadFeatureDnn);
  const Bundle bundle = Bundle::Open(world.path()).value();
  InputSet inputs;
  const auto feature_dnn = std::make_shared<SharedFeatureDnn>(bundle, Placement{&world.backend, {}});
  auto source = FeatureSource::Create(bundle, feature_dnn, inputs);
  const Image image = *DecodeImage(photos_[0]);
  EXPECT_EQ(Allocations([&] {
              inputs.Forget();
              ASSERT_TRUE(source->Read(image, inputs).ok());
            }),
            0);
}

TEST_F(AllocationTest, DecidingForACallerTakesNone) {
  const TwoCandidates world("allocation_decisions", TwoCandidates::GoOn);
  EngineOptions options;
  options.session.backend = "caller";
  Engine engine = Engine::Open(world.path(), options).value();
  Decisions decisions = Decisions::Create(engine).value();
  const std::vector<float> unsure{0.5F, 0};
  Answer answer;
  EXPECT_EQ(Allocations([&] {
              decisions.Begin();
              for (Step step = decisions.Next(); step.kind == Step::Kind::kRun; step = decisions.Next()) {
                ASSERT_TRUE(decisions.Ran(step.candidate, unsure).ok());
              }
              ASSERT_TRUE(decisions.Finish(answer).ok());
            }),
            0);
  EXPECT_EQ(answer.runs.size(), 2);
}

TEST_F(AllocationTest, DecidingByConfidencesTakesNone) {
  const TwoCandidates world("allocation_confidences", TwoCandidates::OwnAnswers);
  Engine engine = Engine::Open(world.path()).value();
  Decisions decisions = Decisions::Create(engine).value();
  Answer answer;
  EXPECT_EQ(Allocations([&] {
              decisions.Begin();
              for (Step step = decisions.Next(); step.kind == Step::Kind::kRun; step = decisions.Next()) {
                ASSERT_TRUE(decisions.RanWithConfidence(step.candidate, 0.5F).ok());
              }
              ASSERT_TRUE(decisions.Finish(answer).ok());
            }),
            0);
  EXPECT_EQ(answer.whose, TwoCandidates::kLarge);
}

TEST_F(AllocationTest, ConvertingAFrameTakesNone) {
  const std::vector<std::uint8_t> frame(640 * 480 * 3);
  Image converted;
  for (const auto format : {PixelFormat::kBgr, PixelFormat::kRgb, PixelFormat::kGray, PixelFormat::kNv12}) {
    const ImageView view(format, 640, 480, frame.data());
    EXPECT_EQ(Allocations([&] {
                ASSERT_TRUE(CheckView(view, 1 << 20).ok());
                static_cast<void>(ToBgr(view, converted));
              }),
              0)
        << static_cast<int>(format);
  }
}

/// Allocations of a first decision on each of some images: features and answers run from one end to the other.
long DecidingAllocations(const Policy& policy, int point, bool fails) {
  Episode episode(policy, point);
  const CandidateSet all = CandidateSet::All(policy.candidate_count());
  const long before = AllocationCount();
  for (int i = 0; i <= 20; ++i) {
    const std::array<float, 1> features{static_cast<float>(i) / 2};
    const float p = 0.01F + 0.049F * static_cast<float>(i);
    const std::array<float, 2> answer{std::log(1 - p), std::log(p)};
    episode.Begin();
    (void)Drive(
        episode, all, [&] { episode.ObserveFeatures(features); },
        [&](CandidateId id) {
          if (fails && id == 0) return false;
          episode.Observe(id, answer);
          return true;
        });
    (void)episode.Answer();
  }
  return AllocationCount() - before;
}

TEST_F(AllocationTest, DecidingTakesNone) {
  const StagedPolicy staged = HandMadePlan().Policy();
  for (std::size_t point = 0; point < staged.operating_points().size(); ++point) {
    for (const bool fails : {false, true}) EXPECT_EQ(DecidingAllocations(staged, static_cast<int>(point), fails), 0);
  }
  const FeatureScaler scaler{{0}, {10}};
  PolicyCommon common;
  common.classes = 2;
  common.feature_names = {"contrast"};
  common.costs_ms = {1, 2};
  common.fallback = {1, 0};
  const std::vector<float> points{0, 0.5, 1};
  const KnnIndex yes_at_the_ends(points, {1, 0, 1}, 3, 1, 1);
  const std::shared_ptr<const Classifier> classifiers[] = {
      std::make_shared<KnnClassifier>(yes_at_the_ends, 1),
      std::make_shared<TreesClassifier>(std::vector<TreeNode>{{0, 0.45F, 1, 2}, {-1, 0, 0, 0}, {-1, 0, 1, 0}},
                                        std::vector<int>{0}, std::vector<float>{1, 0, 0, 1}, 1, 2),
      std::make_shared<SvmClassifier>(SvmClassifier::Parts{{0, 1}, {1, -1}, {0}, 1, 1, 2}),
      std::make_shared<GaussianClassifier>(std::vector<float>{0, 1}, std::vector<float>{1, 1},
                                           std::vector<float>{0, 0}),
      std::make_shared<LinearClassifier>(std::vector<float>{0, 1}, std::vector<float>{0, -0.5F})};
  for (const auto& classifier : classifiers) {
    const ChainPolicy chain(common, scaler, {{0, classifier}}, 1);
    EXPECT_EQ(DecidingAllocations(chain, 0, false), 0) << classifier->form();
    EXPECT_EQ(DecidingAllocations(chain, 0, true), 0) << classifier->form();
  }
  PolicyCommon priced = common;
  priced.operating_points = {"default"};
  const PRightPolicy p_right(priced, scaler, KnnIndex(points, {1, 0, 0, 1, 1, 1}, 3, 1, 2), 2, {0.01});
  EXPECT_EQ(DecidingAllocations(p_right, 0, false), 0);
}

}  // namespace
}  // namespace amsel
