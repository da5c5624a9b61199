// A small world with planted structure, for tests: images whose brightness decides which candidate is right.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "backend/fake_backend.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "card/zoo.h"
#include "features/features.h"
#include "image/decode.h"
#include "profile/profiler.h"
#include "profile/table.h"

namespace amsel {

/// Four classes; candidates `dark` (right on dark images, 1 ms), `bright` (right on bright ones, 1 ms) and `general`
/// (right on seven of ten, 4 ms). Time is a fake clock's: everything else takes none.
class FakeWorld {
 public:
  static constexpr int kClasses = 4;
  static constexpr int kSide = 8;

  explicit FakeWorld(const std::string& name, int image_count = 400) : root_(testing::TempDir() + name) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/zoo");
    EXPECT_TRUE(WriteFile(root_ + "/zoo/labels.txt", "a\nb\nc\nd\n").ok());
    AddCandidate("dark", 1, [](int brightness, int) { return brightness < 128; });
    AddCandidate("bright", 1, [](int brightness, int) { return brightness >= 128; });
    AddCandidate("general", 4, [](int, int luck) { return luck < 179; });
    Random random(7);
    for (int i = 0; i < image_count; ++i) AddImage(i, i % kClasses, random);
  }
  ~FakeWorld() { std::filesystem::remove_all(root_); }
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  /// `right(brightness, luck)` says whether the candidate answers rightly. One of the same name is replaced.
  template <typename Right>
  void AddCandidate(const std::string& name, int milliseconds, Right right) {
    Card card;
    card.name = name;
    card.input_name = "input";
    card.output_name = "logits";
    card.preprocess.height = card.preprocess.width = kSide;
    card.labels = "../labels.txt";
    std::filesystem::create_directories(root_ + "/zoo/" + name + "/1");
    EXPECT_TRUE(WriteFile(root_ + "/zoo/" + name + "/card.json", CardToJson(card).dump()).ok());
    EXPECT_TRUE(WriteFile(root_ + "/zoo/" + name + "/1/model.onnx", "DNN " + name).ok());
    const auto answer = [this, milliseconds, right](std::span<const std::byte> input, int, std::vector<float>& output) {
      const auto* pixels = reinterpret_cast<const float*>(input.data());
      clock.Advance(std::chrono::milliseconds(pixels[1] > slow_above ? 10 * milliseconds : milliseconds));
      const int label = std::clamp(static_cast<int>(pixels[0]) / 50, 0, kClasses - 1);  // a wrong card scales pixels
      const bool is_right = right(static_cast<int>(pixels[kSide * kSide - 1]), static_cast<int>(pixels[1]));
      output.assign(kClasses, 0.0F);
      output[static_cast<std::size_t>(is_right ? label : (label + 1) % kClasses)] = 3.0F;
      return Status();
    };
    backend.Add(name, FakeBackend::Describe("input", 3, kSide, "logits", kClasses), answer);
  }

  /// Marks a candidate as made from another and calibrated on these of the images.
  void SayDerived(const std::string& name, const std::string& from, const std::vector<std::size_t>& calibrated_on) {
    const std::string file = root_ + "/zoo/" + name + "/card.json";
    Card card = ParseCard(Json::parse(ReadFile(file).value()), file).value();
    card.derived_from = from;
    card.derivation = Derivation{"int8", "the fake world", {}};
    for (const std::size_t i : calibrated_on) {
      card.derivation->calibration_images.push_back(ContentKey(Sha256HexOfFile(images[i].reference).value()));
    }
    EXPECT_TRUE(WriteFile(file, CardToJson(card).dump()).ok());
  }

  /// A DNN beside the zoo whose two values are brightness and luck, in 2 ms; `content` is its file's. Gives its path.
  std::string AddFeatureDnn(const std::string& content = "feature DNN") {
    std::filesystem::create_directories(root_ + "/feature_dnn");
    Card card;
    card.preprocess.height = card.preprocess.width = kSide;
    EXPECT_TRUE(WriteFile(root_ + "/feature_dnn/card.json", CardToJson(card).dump()).ok());
    EXPECT_TRUE(WriteFile(root_ + "/feature_dnn/cnn.onnx", content).ok());
    const auto answer = [this](std::span<const std::byte> input, int, std::vector<float>& output) {
      clock.Advance(std::chrono::milliseconds(2));
      ++feature_dnn_runs;
      const auto* pixels = reinterpret_cast<const float*>(input.data());
      output = {pixels[kSide * kSide - 1], pixels[1]};
      return Status();
    };
    backend.Add("feature_dnn", FakeBackend::Describe("input", 3, kSide, "values", 2), answer);
    return root_ + "/feature_dnn/cnn.onnx";
  }

  Zoo LoadedZoo() const { return LoadZoo(root_ + "/zoo").value(); }
  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  ProfileOptions Options() const {
    ProfileOptions options;
    options.features = AllFeatureNames();
    options.images_source = "the fake world";
    return options;
  }

  Result<ProfileSummary> Profile(const std::string& file, const ProfileOptions& options) {
    return RunProfile(LoadedZoo(), images, backend, clock, Path(file), options);
  }

  ProfileTable Table() {
    EXPECT_TRUE(Profile("profile.db", Options()).ok());
    return ProfileTable::Load(Path("profile.db")).value();
  }

  float slow_above = 255;  ///< images of more luck take ten times as long
  FakeClock clock;
  FakeBackend backend;
  std::vector<LabelledImage> images;
  int feature_dnn_runs = 0;

 private:
  /// Pixel 0 tells the class, pixel 1 the luck, the rest is brightness with a little noise.
  void AddImage(int index, int label, Random& random) {
    const auto brightness = static_cast<int>(random.Below(2) == 0 ? 20 + random.Below(60) : 170 + random.Below(60));
    std::string pixels;
    for (int p = 0; p < kSide * kSide; ++p)
      pixels += static_cast<char>(brightness + static_cast<int>(random.Below(20)));
    pixels[0] = static_cast<char>(label * 50 + 10);
    pixels[1] = static_cast<char>(random.Below(256));
    const std::string file = root_ + "/" + std::to_string(index) + ".pgm";
    std::ofstream(file) << EncodePgm(kSide, kSide, pixels);  // not synced: there are hundreds
    images.push_back({std::to_string(index) + ".pgm", file, label, "", 1, ""});
  }

  std::string root_;
};

}  // namespace amsel
