#include "backend/onnxruntime_providers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/onnxruntime_backend.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const std::string kSmallDnn = AMSEL_ZOO "/fashion/cnn_xs/1/model.onnx";

TEST(ShortProviderNames, PutTheCpuFirst) {
  EXPECT_THAT(ShortProviderNames({"TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"}),
              ElementsAre("cpu", "tensorrt", "cuda"));
  EXPECT_THAT(ShortProviderNames({}), ElementsAre("cpu"));
}

TEST(ProviderSettings, TensorRtKeepsItsEnginesInTheCache) {
  SessionOptions options;
  EXPECT_THAT(ProviderSettings("tensorrt", options), IsEmpty());
  options.cache = "/var/cache/engines";
  options.precision = Precision::kHalf;
  EXPECT_THAT(ProviderSettings("tensorrt", options),
              testing::IsSupersetOf({Pair("trt_fp16_enable", "1"), Pair("trt_engine_cache_enable", "1"),
                                     Pair("trt_engine_cache_path", "/var/cache/engines")}));
}

TEST(ProviderSettings, CudaRoundsToFewerDigitsOnlyWhereHalfPrecisionIsWelcome) {
  SessionOptions options;
  EXPECT_THAT(ProviderSettings("cuda", options), ElementsAre(Pair("use_tf32", "0")));
  options.precision = Precision::kHalf;
  EXPECT_THAT(ProviderSettings("cuda", options), ElementsAre(Pair("use_tf32", "1")));
  EXPECT_THAT(ProviderSettings("cpu", options), IsEmpty());
}

TEST(OnnxRuntimeProviders, TheCpuRunsAndOneThatTheLibraryLacksIsAnErrorThatListsThem) {
  const auto backend = OpenOnnxRuntime();
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  EXPECT_EQ((*backend)->providers().front(), "cpu");
  SessionOptions options;
  options.provider = "cpu";
  EXPECT_TRUE((*backend)->Open(kSmallDnn, options).ok());
  options.provider = "warp";
  const auto lacking = (*backend)->Open(kSmallDnn, options);
  ASSERT_FALSE(lacking.ok());
  EXPECT_EQ(lacking.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(lacking.error().message, AllOf(HasSubstr("no provider `warp`"), HasSubstr("it has: cpu")));
}

TEST(OnnxRuntimeProviders, TheCpuHasNoHalfPrecision) {
  const auto backend = OpenOnnxRuntime();
  ASSERT_TRUE(backend.ok());
  SessionOptions options;
  options.precision = Precision::kHalf;
  const auto session = (*backend)->Open(kSmallDnn, options);
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(session.error().message, HasSubstr("`half`"));
}

}  // namespace
}  // namespace amsel
