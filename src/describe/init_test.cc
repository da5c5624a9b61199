#include "describe/init.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/fake_backend.h"
#include "base/random.h"
#include "image/decode.h"
#include "tests/support/folder_test.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kSide = 16;

/// An ONNX file that says this of itself.
std::string OnnxSaying(const std::string& key, const std::string& value) {
  const std::string entry = ProtoWriter().Bytes(1, key).Bytes(2, value).bytes();
  return OnnxModelBytes(ProtoWriter().Bytes(2, "saying").bytes(), ProtoWriter().Bytes(14, entry).bytes());
}

/// DNNs that answer which of three colours a picture is full of, and what describes them.
class Init : public FolderTest {
 protected:
  /// `sureness`: the logit of the colour, from the least and the most of the DNN's input.
  void AddDnn(const std::string& name, const std::string& onnx,
              const std::function<float(float least, float most)>& sureness = {}) {
    Write(name + ".onnx", onnx);
    backend_.Add(Path(name + ".onnx"), FakeBackend::Describe("input", 3, kSide, "output", 3),
                 [sureness](std::span<const std::byte> input, int, std::vector<float>& output) {
                   constexpr std::size_t kArea = std::size_t{kSide} * kSide;
                   const std::span values(reinterpret_cast<const float*>(input.data()), 3 * kArea);
                   const auto [least, most] = std::minmax_element(values.begin(), values.end());
                   output.assign(3, 0);
                   output[static_cast<std::size_t>(most - values.begin()) / kArea] = sureness(*least, *most);
                   return Status();
                 });
    options_.dnns.push_back(Path(name + ".onnx"));
  }

  void AddImages() {
    Random random(4);
    for (int i = 0; i < 90; ++i) {
      std::string pixels;
      const auto bright = static_cast<char>(200 + random.Below(40));
      for (int p = 0; p < kSide * kSide * 3; ++p) pixels += p % 3 == i % 3 ? bright : '\0';
      const std::string header = "P6\n" + std::to_string(kSide) + " " + std::to_string(kSide) + "\n255\n";
      Write(std::string("photos/") + "abc"[i % 3] + "/" + std::to_string(i) + ".ppm", header + pixels);
    }
    options_.images = Path("photos");
  }

  /// Hugging Face's, of pixels in -1..1.
  void AddConfig() {
    Write("preprocessor_config.json",
          R"({"do_resize": true, "size": {"height": 16, "width": 16}, "resample": 2,
              "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]})");
    options_.configs = {Path("preprocessor_config.json")};
  }

  Result<InitResult> Run() {
    options_.out = Path("zoo");
    return InitZoo(options_, backend_);
  }

  FakeBackend backend_;
  InitOptions options_;
};

TEST_F(Init, ImagesThatAreNoLessRightKeepTheConfiguration) {
  AddImages();
  AddConfig();
  // Right in any range, but surer in 0..1.
  AddDnn("dnn", EmptyOnnx("x"), [](float least, float most) { return least >= 0 && most <= 1 ? 6.0F : 2.0F; });
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  const InitReport& report = result->reports.front();
  EXPECT_EQ(report.top1, 1);
  EXPECT_EQ(report.card.preprocess.mean[0], 127.5);
  EXPECT_EQ(report.card.preprocess.std[0], 127.5);
  EXPECT_THAT(report.notes, IsEmpty());
  options_.configs.clear();
  options_.force = true;
  EXPECT_EQ(Run()->reports.front().card.preprocess.std[0], 255);  // as images alone have it
}

TEST_F(Init, ImagesOverruleAConfigurationWithWhichLessIsRight) {
  AddImages();
  AddConfig();
  AddDnn("dnn", EmptyOnnx("x"), [](float least, float most) { return least >= 0 && most <= 1 ? 6.0F : 0.0F; });
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  const InitReport& report = result->reports.front();
  EXPECT_EQ(report.top1, 1);
  EXPECT_EQ(report.card.preprocess.mean[0], 0);
  EXPECT_EQ(report.card.preprocess.std[0], 255);
  EXPECT_THAT(report.notes,
              ElementsAre(HasSubstr("was overruled by the images: read so, 66.7 points fewer are right")));
  EXPECT_THAT(report.notes[0], HasSubstr(options_.configs[0]));
}

TEST_F(Init, DnnsThatNameTheirClassesInOtherOrdersAreRefusedUnlessLabelsAreGiven) {
  AddDnn("one", OnnxSaying("labels", R"(["red", "green", "blue"])"));
  AddDnn("other", OnnxSaying("labels", R"(["blue", "green", "red"])"));
  const auto refused = Run();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message,
              HasSubstr("other.onnx: what describes it names other classes, or another order"));
  EXPECT_FALSE(std::filesystem::exists(Path("zoo")));
  Write("labels.txt", "green\nred\nblue\n");
  options_.labels = Path("labels.txt");
  const auto given = Run();
  ASSERT_TRUE(given.ok()) << given.error().message;
  EXPECT_THAT(given->labels, ElementsAre("green", "red", "blue"));
  EXPECT_EQ(given->labels_from, options_.labels);
}

TEST_F(Init, PlaceholdersAndDnnsThatNameNoClassContradictNobody) {
  AddDnn("placeholders", OnnxSaying("labels", R"(["LABEL_0", "LABEL_1", "LABEL_2"])"));
  AddDnn("silent", EmptyOnnx("x"));
  AddDnn("names", OnnxSaying("names", "{0: 'red', 1: 'green', 2: 'blue'}"));
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(result->labels, ElementsAre("red", "green", "blue"));
  EXPECT_EQ(result->labels_from, "what describes names");
}

TEST_F(Init, AConfigurationHasTheLastWordOverTheFilesMetadata) {
  AddDnn("dnn", OnnxSaying("labels", R"(["red", "green", "blue"])"));
  Write("config.json", R"({"id2label": {"0": "rot", "1": "gruen", "2": "blau"}})");
  options_.configs = {Path("config.json")};
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(result->labels, ElementsAre("rot", "gruen", "blau"));
}

TEST_F(Init, ReportsTheCardAsItIsWritten) {
  AddDnn("dnn", OnnxSaying("labels", R"(["red", "green", "blue"])"));
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  const Json written = Json::parse(ReadFile(Path("zoo/dnn/card.json")).value());
  EXPECT_EQ(CardFileToJson(result->reports.front().card), written);
  EXPECT_THAT(written["assumed"], testing::Contains("preprocess.fit"));
  EXPECT_EQ(written["labels"], "../labels.txt");
}

}  // namespace
}  // namespace amsel
