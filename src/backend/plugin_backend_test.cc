#include "backend/plugin_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "backend/backends.h"
#include "backend/fake_backend.h"
#include "backend/onnxruntime_backend.h"
#include "backend/tensor_values.h"
#include "base/file.h"
#include "tests/support/table_over_backend.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFile = AMSEL_TEST_PLUGINS "/libamsel_fake-plugin.so";

/// Opens the plug-in of the tests, which has one fault or none, and a DNN with it.
class PluginTest : public testing::Test {
 protected:
  void SetUp() override {
    dnn_ =
        testing::TempDir() + "plugin_test_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".fake";
    ASSERT_TRUE(WriteFile(dnn_, "fake-dnn small 1 2 3\n").ok());
  }
  void TearDown() override { unsetenv("FAKE_PLUGIN_FAULT"); }

  static void Plant(const char* fault) { setenv("FAKE_PLUGIN_FAULT", fault, 1); }

  static std::string WhyNotOpened(const char* fault) {
    Plant(fault);
    const auto opened = OpenPlugin(kFile);
    return opened.ok() ? "it opened" : opened.error().message;
  }

  Result<std::unique_ptr<Session>> OpenDnn(const SessionOptions& options = {}) {
    auto opened = OpenPlugin(kFile);
    if (!opened.ok()) return opened.error();
    backend_ = std::move(*opened);
    return backend_->Open(dnn_, options);
  }

  /// What running a batch with that fault gives.
  Status RunWith(const char* fault, int batch, std::vector<float>& output) {
    Plant(fault);
    auto session = OpenDnn();
    if (!session.ok()) return session.error();
    const std::vector<float> input(static_cast<std::size_t>(4 * batch), 2.0F);
    return (*session)->Run(0, std::as_bytes(std::span(input)), batch, 0, output);
  }

  std::string dnn_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(PluginTest, SaysWhatItIsAndWhatItsDnnHas) {
  const auto session = OpenDnn();
  ASSERT_TRUE(session.ok()) << session.error().message;
  EXPECT_EQ(backend_->name(), "fake-plugin");
  EXPECT_EQ(backend_->version(), "1.2");
  EXPECT_THAT(backend_->providers(), ElementsAre("cpu", "npu"));
  const SessionInfo& info = (*session)->info();
  ASSERT_EQ(info.inputs.size(), 1U);
  EXPECT_EQ(info.inputs[0].name, "input");
  EXPECT_EQ(info.inputs[0].type, ElementType::kFloat32);
  EXPECT_THAT(info.inputs[0].shape, ElementsAre(-1, 1, 2, 2));
  EXPECT_THAT(info.outputs.at(0).shape, ElementsAre(-1, 3));
  EXPECT_TRUE((*session)->concurrent());
}

TEST_F(PluginTest, SaysOfWhichTypesItsTensorsAre) {
  const auto output_with = [&](const char* fault) {
    Plant(fault);
    return OpenDnn().value()->info().outputs.at(0);
  };
  EXPECT_EQ(output_with("half-output").type, ElementType::kFloat16);
  EXPECT_EQ(TypeText(output_with("other-output")), "int64");
  EXPECT_EQ(TypeText(output_with("unnamed-output")), "another type");  // as plug-ins of before there were names
}

TEST_F(PluginTest, RunsOneInputAndBatchesAlsoWhereItHasNoBatchOrDoesNotSayHowMuchItGives) {
  for (const char* fault : {"none", "no-batch", "free-values", "longer-table"}) {
    std::vector<float> one;
    const Status status = RunWith(fault, 1, one);
    ASSERT_TRUE(status.ok()) << fault << ": " << status.error().message;
    EXPECT_THAT(one, ElementsAre(0, 2, 4)) << fault;
    std::vector<float> two;
    ASSERT_TRUE(RunWith(fault, 2, two).ok()) << fault;
    EXPECT_THAT(two, ElementsAre(0, 2, 4, 0, 2, 4)) << fault;
  }
}

TEST_F(PluginTest, WhatIsNoPlugInIsRefusedByNameOfFileAndSymbol) {
  EXPECT_THAT(OpenPlugin("/no/such/plugin.so").error().message, HasSubstr("/no/such/plugin.so"));
  EXPECT_THAT(OpenPlugin(dnn_).error().message, HasSubstr(dnn_));
  const std::string other = AMSEL_TEST_PLUGINS "/no_plugin.so";
  EXPECT_THAT(OpenPlugin(other).error().message, AllOf(HasSubstr(other), HasSubstr("amsel_backend_entry")));
}

TEST_F(PluginTest, TablesThatCannotServeAreRefused) {
  const std::pair<const char*, const char*> faults[] = {
      {"no-table", "amsel_backend_entry gave no table"},
      {"wrong-version", "was built for version 2 of amsel_backend.h, this amsel speaks 1"},
      {"short-table", "too short"},
      {"table-of-an-older-draft", "bytes, at least"},
      {"no-run", "field `run`"},
      {"bad-name", "field `name`"},
  };
  for (const auto& [fault, says] : faults) {
    EXPECT_THAT(WhyNotOpened(fault), AllOf(HasSubstr(kFile), HasSubstr(says))) << fault;
  }
}

TEST_F(PluginTest, WhatFailsToOpenSaysWhy) {
  const std::pair<const char*, const char*> faults[] = {
      {"open-fails", "the accelerator is not plugged in"},
      {"no-session", "gave no session"},
      {"no-inputs", "0 inputs"},
      {"no-name", "no name or no shape"},
  };
  for (const auto& [fault, says] : faults) {
    Plant(fault);
    const auto session = OpenDnn();
    ASSERT_FALSE(session.ok()) << fault;
    EXPECT_EQ(session.error().kind, ErrorKind::kRuntime) << fault;
    EXPECT_THAT(session.error().message, AllOf(HasSubstr("fake-plugin"), HasSubstr(says))) << fault;
  }
}

TEST_F(PluginTest, BadFilesAndOptionsAreToldApart) {
  dnn_ += ".absent";
  const auto absent = OpenDnn();
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(absent.error().message, AllOf(HasSubstr(dnn_), HasSubstr("cannot be read")));
  SessionOptions options;
  options.provider = "tpu";
  const auto elsewhere = backend_->Open(dnn_, options);
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("has no provider `tpu`; it has: cpu npu"));
  options = {};
  options.precision = Precision::kHalf;
  EXPECT_EQ(backend_->Open(dnn_, options).error().kind, ErrorKind::kUsage);
}

TEST_F(PluginTest, WhatFailsToRunOrGivesWrongSizesIsAnErrorAndNoOverrun) {
  const std::pair<const char*, const char*> faults[] = {
      {"run-fails", "the accelerator was pulled out"},
      {"run-fails-silently", "without saying why"},
      {"too-many-values", "gave 4 values where there is room for 3"},
      {"more-room-for-ever", "values where there is room for"},
  };
  for (const auto& [fault, says] : faults) {
    std::vector<float> output;
    const Status status = RunWith(fault, 1, output);
    ASSERT_FALSE(status.ok()) << fault;
    EXPECT_EQ(status.error().kind, ErrorKind::kRuntime) << fault;
    EXPECT_THAT(status.error().message, AllOf(HasSubstr("fake-plugin: "), HasSubstr(says))) << fault;
  }
  std::vector<float> output;
  ASSERT_TRUE(RunWith("too-few-values", 1, output).ok());
  EXPECT_EQ(output.size(), 1U);  // whoever asked sees that, as with any back end
}

TEST_F(PluginTest, OnnxRuntimeGivesTheSameThroughTheTable) {
  const auto direct = OpenOnnxRuntime();
  ASSERT_TRUE(direct.ok()) << direct.error().message;
  const TableOverBackend through(**direct);
  const auto plugin = OverTable(through.table(), "ONNX Runtime through the table");
  ASSERT_TRUE(plugin.ok()) << plugin.error().message;
  EXPECT_EQ((*plugin)->name(), (*direct)->name());
  EXPECT_EQ((*plugin)->providers(), (*direct)->providers());
  const std::string file = AMSEL_ZOO "/fashion/cnn_m/1/model.onnx";
  const auto a = (*direct)->Open(file, {});
  const auto b = (*plugin)->Open(file, {});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ((*a)->info().inputs[0].shape, (*b)->info().inputs[0].shape);
  std::vector<float> pixels(3 * 28 * 28);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 89) / 89;
  for (const int batch : {1, 3}) {
    const auto input = std::as_bytes(std::span(pixels)).first(static_cast<std::size_t>(batch) * 28 * 28 * 4);
    std::vector<float> expected;
    std::vector<float> found;
    ASSERT_TRUE((*a)->Run(0, input, batch, 0, expected).ok());
    ASSERT_TRUE((*b)->Run(0, input, batch, 0, found).ok());
    EXPECT_EQ(found, expected);
  }
  EXPECT_THAT((*plugin)->Open("/no/such.onnx", {}).error().message, HasSubstr("/no/such.onnx"));
}

TEST_F(PluginTest, TheFakeOfTheTestsSpeaksTheTableToo) {
  FakeBackend fake;
  fake.Add("dnn", FakeBackend::Describe("in", 1, 2, "out", 2),
           [](std::span<const std::byte>, int batch, std::vector<float>& output) {
             output.assign(2 * static_cast<std::size_t>(batch), 0.5F);
             return Status();
           });
  const TableOverBackend through(fake);
  const auto plugin = OverTable(through.table(), "fake");
  ASSERT_TRUE(plugin.ok());
  const auto session = (*plugin)->Open("some/dnn/model.onnx", {});
  ASSERT_TRUE(session.ok()) << session.error().message;
  std::vector<float> output;
  const std::vector<float> input(8);
  ASSERT_TRUE((*session)->Run(0, std::as_bytes(std::span(input)), 2, 0, output).ok());
  EXPECT_THAT(output, ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
}

TEST(Backends, AreNamedOrGivenByPathAndOpenedOnce) {
  setenv("AMSEL_BACKENDS", "/no/such/folder:" AMSEL_TEST_PLUGINS, 1);
  Backends backends;
  const auto named = backends.Get("fake-plugin");
  ASSERT_TRUE(named.ok()) << named.error().message;
  EXPECT_EQ((*named)->name(), "fake-plugin");
  EXPECT_EQ(backends.Get("fake-plugin").value(), *named);
  EXPECT_EQ(backends.Get(kFile).value()->name(), "fake-plugin");
  EXPECT_EQ(backends.Get("").value()->name(), "onnxruntime");
  EXPECT_EQ(backends.Get("").value(), backends.Get("onnxruntime").value());
  EXPECT_THAT(backends.Get("warp").error().message, AllOf(HasSubstr("`warp`"), HasSubstr("libamsel_warp.so")));
  unsetenv("AMSEL_BACKENDS");
}

TEST(BackendIdentity, IsReadBackFromItsText) {
  const BackendIdentity identities[] = {{"onnxruntime"},
                                        {"onnxruntime", "cuda"},
                                        {"onnxruntime", "tensorrt", Precision::kHalf},
                                        {"npu", "cpu", Precision::kHalf}};
  const char* texts[] = {"onnxruntime", "onnxruntime:cuda", "onnxruntime:tensorrt:half", "npu:cpu:half"};
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    EXPECT_EQ(IdentityText(identities[i]), texts[i]);
    EXPECT_EQ(ParseIdentity(texts[i]), identities[i]);
  }
}

}  // namespace
}  // namespace amsel
