#include "backend/onnxruntime_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnxruntime_cxx_api.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "backend/candidate_runner.h"
#include "base/device.h"
#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "image/preprocess.h"
#include "tests/support/data.h"

namespace amsel {
namespace {

using testing::HasSubstr;

const std::string kModel = AMSEL_ZOO "/fashion/cnn_xs/1/model.onnx";

class OnnxRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = OpenOnnxRuntime();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    backend_ = std::move(*opened);
  }
  std::unique_ptr<Backend> backend_;
};

TEST_F(OnnxRuntimeTest, DescribesWhatTheFileDeclares) {
  const auto session = backend_->Open(kModel, {});
  ASSERT_TRUE(session.ok()) << session.error().message;
  const SessionInfo& info = (*session)->info();
  ASSERT_EQ(info.inputs.size(), 1U);
  EXPECT_EQ(info.inputs[0].name, "input");
  EXPECT_EQ(info.inputs[0].shape, (std::vector<std::int64_t>{-1, 1, 28, 28}));
  EXPECT_EQ(info.inputs[0].type, ElementType::kFloat32);
  EXPECT_EQ(info.outputs[0].shape.back(), 10);
}

TEST_F(OnnxRuntimeTest, ABatchEqualsItsImagesOneByOne) {
  const auto session = backend_->Open(kModel, {});
  ASSERT_TRUE(session.ok());
  std::vector<float> pixels(3 * 28 * 28);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 97) / 97;
  std::vector<float> batch;
  ASSERT_TRUE((*session)->Run(0, std::as_bytes(std::span(pixels)), 3, 0, batch).ok());
  ASSERT_EQ(batch.size(), 30U);
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<float> one;
    ASSERT_TRUE((*session)->Run(0, std::as_bytes(std::span(pixels).subspan(i * 784, 784)), 1, 0, one).ok());
    for (std::size_t c = 0; c < 10; ++c) EXPECT_NEAR(one[c], batch[i * 10 + c], 1e-4);
  }
}

TEST_F(OnnxRuntimeTest, ATruncatedFileIsNamed) {
  const std::string path = testing::TempDir() + "truncated.onnx";
  const std::string bytes = ReadFile(kModel).value();
  ASSERT_TRUE(WriteFileAtomically(path, bytes.substr(0, bytes.size() / 2)).ok());
  const auto session = backend_->Open(path, {});
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(session.error().message, HasSubstr("truncated.onnx: cannot be loaded"));
}

TEST_F(OnnxRuntimeTest, FilesOfItsOwnFormatAreToldByTheirContentWhateverTheyAreCalled) {
  const std::string ort = testing::TempDir() + "own_format.ort";
  {
    const Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "test");
    Ort::SessionOptions options;
    options.AddConfigEntry("session.save_model_format", "ORT");
    options.SetOptimizedModelFilePath(ort.c_str());
    const Ort::Session session(environment, kModel.c_str(), options);
  }
  const std::string renamed = testing::TempDir() + "own_format.onnx";
  ASSERT_TRUE(WriteFileAtomically(renamed, ReadFile(ort).value()).ok());
  const std::vector<float> pixels(28 * 28, 0.5F);
  std::vector<float> expected;
  ASSERT_TRUE(backend_->Open(kModel, {}).value()->Run(0, std::as_bytes(std::span(pixels)), 1, 0, expected).ok());
  for (const std::string& file : {ort, renamed}) {
    const auto session = backend_->Open(file, {});
    ASSERT_TRUE(session.ok()) << session.error().message;
    std::vector<float> found;
    ASSERT_TRUE((*session)->Run(0, std::as_bytes(std::span(pixels)), 1, 0, found).ok());
    EXPECT_THAT(found, testing::Pointwise(testing::FloatNear(1e-4F), expected)) << file;
  }
}

TEST_F(OnnxRuntimeTest, AnInputOfTheWrongSizeIsAnErrorNotACrash) {
  const auto session = backend_->Open(kModel, {});
  ASSERT_TRUE(session.ok());
  const std::vector<float> pixels(10);
  std::vector<float> out;
  EXPECT_FALSE((*session)->Run(0, std::as_bytes(std::span(pixels)), 1, 0, out).ok());
}

TEST(OpenOnnxRuntime, TellsHowProductsOf8BitNumbersAreAdded) {
  for (const Int8Products products : {Int8Products::kUsual, Int8Products::kVnni, Int8Products::kExact}) {
    const auto session = OpenOnnxRuntime("", products).value()->Open(kModel, {});
    ASSERT_TRUE(session.ok()) << session.error().message;
    EXPECT_EQ((*session)->info().int8, Int8ProductsName(products));
  }
}

/// Class probabilities of a DNN of the int8 zoo for an image that is drawn by seed.
std::vector<double> Int8Probabilities(const std::string& folder, Int8Products products) {
  const auto backend = OpenOnnxRuntime("", products).value();
  const auto session = backend->Open(folder + "/1/model.onnx", {}).value();
  const TensorInfo& input = session->info().inputs[0];
  std::size_t values = 1;
  for (std::size_t d = 1; d < input.shape.size(); ++d) values *= static_cast<std::size_t>(input.shape[d]);
  std::vector<std::byte> bytes(values * ElementBytes(input.type));
  Random random(5);
  std::vector<float> pixels(values);
  for (float& pixel : pixels) pixel = static_cast<float>(random.Uniform() * 2 - 1);
  if (input.type == ElementType::kFloat32) std::memcpy(bytes.data(), pixels.data(), bytes.size());
  if (input.type != ElementType::kFloat32) {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Below(256));
  }
  std::vector<float> raw;
  EXPECT_TRUE(session->Run(0, bytes, 1, 0, raw).ok());
  std::vector<double> probabilities(raw.begin(), raw.end());
  double sum = 0;
  for (double& one : probabilities) sum += one = std::exp(one);
  for (double& one : probabilities) one /= sum;
  return probabilities;
}

TEST(OpenOnnxRuntime, BothExactWaysToAddProductsOf8BitNumbersConform) {
  const std::string imagenet = DataFamily("imagenet");
  if (imagenet.empty()) GTEST_SKIP() << "SKIPPED: AMSEL_DATA is not set";
  const std::string zoo = imagenet + "/zoo_int8";
  if (!HasVnni()) GTEST_SKIP() << "this processor has no VNNI";
  constexpr double kTolerance = 0.02;  // of a conformance check
  for (const auto& folder : std::filesystem::directory_iterator(zoo)) {
    if (!folder.is_directory()) continue;
    const auto vnni = Int8Probabilities(folder.path().string(), Int8Products::kVnni);
    const auto exact = Int8Probabilities(folder.path().string(), Int8Products::kExact);
    EXPECT_THAT(vnni, testing::Pointwise(testing::DoubleNear(kTolerance), exact)) << folder.path();
  }
}

TEST(OpenOnnxRuntime, SaysWhatItTried) {
  const auto opened = OpenOnnxRuntime("/no/such/library.so");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(opened.error().message, HasSubstr("/no/such/library.so"));
}

}  // namespace
}  // namespace amsel
