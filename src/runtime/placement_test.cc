#include "runtime/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "amsel/engine.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A back end with providers.
class ManyProviders final : public Backend {
 public:
  std::string name() const override { return "many"; }
  std::string version() const override { return "3"; }
  std::vector<std::string> providers() const override { return {"cpu", "cuda", "tensorrt"}; }
  Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions&) override {
    return BadInput(path + ": opens nothing");
  }
};

Manifest TwoPlanned() {
  Manifest manifest;
  for (const char* name : {"small", "large"}) {
    ManifestCandidate candidate;
    candidate.name = candidate.folder = name;
    DnnCost cost;
    cost.backend = "many";
    cost.threads = 3;
    cost.graph = "basic";
    cost.provider = "cuda";
    candidate.costs.push_back(cost);
    manifest.candidates.push_back(candidate);
  }
  return manifest;
}

TEST(Placement, IsAsPlannedUnlessAskedOtherwise) {
  ManyProviders many;
  const Manifest manifest = TwoPlanned();
  auto placements = PlaceCandidatesOn(manifest, {}, many);
  ASSERT_TRUE(placements.ok()) << placements.error().message;
  EXPECT_EQ(placements->at(0).options, (SessionOptions{3, GraphOptimization::kBasic, "cuda"}));
  BackendChoice choice;
  choice.all.threads = 1;
  choice.all.provider = "cpu";
  choice.candidates["large"].provider = "tensorrt";
  choice.candidates["large"].graph = GraphOptimization::kAll;
  choice.cache = "/engines";
  placements = PlaceCandidatesOn(manifest, choice, many);
  ASSERT_TRUE(placements.ok()) << placements.error().message;
  EXPECT_EQ(placements->at(0).options,
            (SessionOptions{1, GraphOptimization::kBasic, "cpu", Precision::kFull, "/engines"}));
  EXPECT_EQ(placements->at(1).options,
            (SessionOptions{1, GraphOptimization::kAll, "tensorrt", Precision::kFull, "/engines"}));
}

TEST(Placement, ThePlannedProviderIsOfThePlannedBackEndAlone) {
  FakeBackend fake;
  const auto placements = PlaceCandidatesOn(TwoPlanned(), {}, fake);
  ASSERT_TRUE(placements.ok()) << placements.error().message;
  EXPECT_EQ(placements->at(0).options.provider, "");
  EXPECT_EQ(placements->at(0).options.threads, 3);
}

/// As TwoPlanned(), the second candidate a view of the first.
Manifest WithAView() {
  Manifest manifest = TwoPlanned();
  manifest.candidates[1].name = "small@hflip";
  manifest.candidates[1].folder = "small";
  return manifest;
}

TEST(Placement, ViewsOfOneDnnGoTogether) {
  ManyProviders many;
  const Manifest manifest = WithAView();
  BackendChoice choice;
  choice.candidates["small"].provider = "tensorrt";
  const auto placements = PlaceCandidatesOn(manifest, choice, many);
  ASSERT_TRUE(placements.ok());
  EXPECT_EQ(placements->at(1).options, placements->at(0).options);
  EXPECT_EQ(placements->at(1).options.provider, "tensorrt");
}

TEST(Placement, AViewMayBeAskedForInItsDnnsStead) {
  ManyProviders many;
  const Manifest manifest = WithAView();
  BackendChoice choice;
  choice.candidates["small@hflip"].provider = "tensorrt";
  const auto placements = PlaceCandidatesOn(manifest, choice, many);
  ASSERT_TRUE(placements.ok());
  EXPECT_EQ(placements->at(0).options.provider, "tensorrt");
  EXPECT_EQ(placements->at(1).options, placements->at(0).options);
  choice.candidates["small"].provider = "cpu";
  const auto both = PlaceCandidatesOn(manifest, choice, many);
  ASSERT_FALSE(both.ok());
  EXPECT_THAT(both.error().message, HasSubstr("small and small@hflip are views of one DNN"));
}

TEST(Placement, WhatCannotBeNamesTheCandidate) {
  ManyProviders many;
  BackendChoice choice;
  choice.candidates["small"].provider = "npu";
  const auto lacking = PlaceCandidatesOn(TwoPlanned(), choice, many);
  ASSERT_FALSE(lacking.ok());
  EXPECT_EQ(lacking.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(lacking.error().message, AllOf(HasSubstr("candidate small"), HasSubstr("cpu cuda tensorrt")));
  choice = {};
  choice.candidates["medium"].provider = "cpu";
  EXPECT_THAT(PlaceCandidatesOn(TwoPlanned(), choice, many).error().message,
              AllOf(HasSubstr("`medium`"), HasSubstr("small large")));
  Backends backends;
  EXPECT_THAT(PlaceCandidates(TwoPlanned(), {}, backends).error().message,
              AllOf(HasSubstr("candidate small"), HasSubstr("libamsel_many.so")));
}

TEST(Placement, PlugInsAreFoundByPath) {
  Backends backends;
  BackendChoice choice;
  choice.all.backend = AMSEL_TEST_PLUGINS "/libamsel_fake-plugin.so";
  choice.all.provider = "npu";
  const auto placements = PlaceCandidates(TwoPlanned(), choice, backends);
  ASSERT_TRUE(placements.ok()) << placements.error().message;
  EXPECT_EQ(placements->at(0).backend->name(), "fake-plugin");
  EXPECT_EQ(placements->at(0).options.provider, "npu");
}

/// A point with a certificate that holds.
void Certify(BundleContents& contents) {
  ManifestCertificate certificate;
  certificate.outcome = ClaimOutcome::kHolds;
  certificate.claim = 0.7;
  contents.manifest.operating_points[0].certificates.push_back(certificate);
}

/// Opens a bundle whose costs `change` may alter, and says whether its first point is certified here.
bool CertifiedWith(const std::string& name, const std::function<void(DnnCost&, ManifestCandidate&)>& change) {
  TwoCandidates world("placement_test_" + name, [&](BundleContents& contents) {
    Certify(contents);
    for (ManifestCandidate& candidate : contents.manifest.candidates) {
      DnnCost cost = candidate.costs[0];
      change(cost, candidate);
    }
  });
  auto engine = Engine::Open(world.path(), world.backend);
  EXPECT_TRUE(engine.ok()) << engine.error().message;
  const Image image{4, 4, std::vector<std::uint8_t>(48, 'x')};
  const bool certified = engine->Run(image)->certified;
  EXPECT_EQ(engine->operating_point().certificates.empty(), !certified);
  return certified;
}

TEST(Certificates, AreClaimedWithTheBackEndThatWasProfiledOrHasBeenFoundToConform) {
  EXPECT_TRUE(CertifiedWith("profiled", [](DnnCost&, ManifestCandidate&) {}));
  const auto only = [](const char* backend, const char* provider, const char* precision) {
    return [=](const DnnCost& cost, ManifestCandidate& candidate) {
      candidate.costs[0] = cost;
      candidate.costs[0].backend = backend;
      candidate.costs[0].provider = provider;
      candidate.costs[0].precision = precision;
    };
  };
  EXPECT_FALSE(CertifiedWith("other_backend", only("onnxruntime", "cpu", "full")));
  const auto retargeted = [](bool holds) {
    return [=](DnnCost& cost, ManifestCandidate& candidate) {
      candidate.costs[0].backend = "onnxruntime";
      cost.conformance = ConformanceCheck{3, 3, holds ? 0.001 : 0.3, holds};
      candidate.costs.insert(candidate.costs.begin(), cost);
    };
  };
  EXPECT_TRUE(CertifiedWith("conforming", retargeted(true)));
  EXPECT_FALSE(CertifiedWith("not_conforming", retargeted(false)));
}

TEST(NotAsProfiled, NamesWhatThePointMayRun) {
  TwoCandidates world("placement_not_as_profiled", [](BundleContents& contents) {
    TwoCandidates::GoOn(contents);
    contents.manifest.candidates[TwoCandidates::kLarge].costs[0].precision = "half";
  });
  const Bundle bundle = Bundle::Open(world.path()).value();
  BackendChoice full;
  full.all.precision = Precision::kFull;
  const auto placements = PlaceCandidatesOn(bundle.manifest(), full, world.backend).value();
  EXPECT_THAT(NotAsProfiled(bundle.manifest(), bundle.policy(), 0, placements), ElementsAre("large"));
  const auto planned = PlaceCandidatesOn(bundle.manifest(), {}, world.backend).value();
  EXPECT_THAT(NotAsProfiled(bundle.manifest(), bundle.policy(), 0, planned), IsEmpty());
}

}  // namespace
}  // namespace amsel
