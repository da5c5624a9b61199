#include "runtime/tune.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

/// A back end whose time depends on the threads, which counts the sessions that are open, and fails on demand.
class CountingBackend : public Backend {
 public:
  explicit CountingBackend(FakeClock& clock) : clock_(clock) {}

  std::string name() const override { return "counting"; }
  std::string version() const override { return "1"; }
  Result<std::unique_ptr<Session>> Open(const std::string&, const SessionOptions& options) override {
    if (options.threads == fails_to_open) return RuntimeFailure("no memory");
    most = std::max(most, ++open_);
    return std::unique_ptr<Session>(std::make_unique<Counted>(*this, options.threads));
  }

  std::map<int, int> ms;  ///< by threads
  int fails_to_open = 0;  ///< with so many threads
  int fails_to_run = 0;   ///< likewise, from its fourth run
  int most = 0;           ///< open at once

 private:
  class Counted : public Session {
   public:
    Counted(CountingBackend& from, int threads) : from_(from), threads_(threads) {}
    ~Counted() override { --from_.open_; }
    const SessionInfo& info() const override { return info_; }
    Status Run(int, std::span<const std::byte>, int, int, std::vector<float>& output) override {
      if (threads_ == from_.fails_to_run && ++runs_ > 3) return RuntimeFailure("the device is on fire");
      from_.clock_.Advance(std::chrono::milliseconds(from_.ms.at(threads_)));
      output = {2, 0};
      return {};
    }

   private:
    CountingBackend& from_;
    int threads_;
    int runs_ = 0;
    SessionInfo info_ = FakeBackend::Describe("input", 3, 2, "logits", 2);
  };

  FakeClock& clock_;
  int open_ = 0;
};

class TuneTest : public testing::Test {
 protected:
  std::vector<Variant> Measure(const std::vector<int>& threads) {
    TuneOptions options;
    options.backends = {&backend_};
    options.threads = threads;
    return MeasureVariants(Bundle::Open(world_.path()).value(), TwoCandidates::kSmall, VariantsOf(options),
                           world_.clock, std::chrono::milliseconds(500));
  }

  TwoCandidates world_{"tune"};
  CountingBackend backend_{world_.clock};
};

TEST_F(TuneTest, TheFastestWinsAndNoMoreThanTwoAreEverLoaded) {
  backend_.ms = {{1, 8}, {2, 4}, {3, 6}, {4, 2}, {5, 3}};
  const std::vector<Variant> tried = Measure({1, 2, 3, 4, 5});
  ASSERT_EQ(tried.size(), 5U);
  for (const Variant& variant : tried) {
    EXPECT_EQ(variant.failure, "");
    EXPECT_NEAR(variant.median_ms, backend_.ms.at(variant.at.options.threads), 1e-9);
  }
  EXPECT_EQ(BestVariant(tried), 3);
  EXPECT_EQ(backend_.most, 2);
}

TEST_F(TuneTest, WhatFailsIsTakenOverByTheNext) {
  backend_.ms = {{1, 4}, {2, 2}, {3, 6}, {4, 5}};
  backend_.fails_to_open = 1;
  backend_.fails_to_run = 2;
  const std::vector<Variant> tried = Measure({1, 2, 3, 4});
  EXPECT_NE(tried[0].failure.find("no memory"), std::string::npos);
  EXPECT_NE(tried[1].failure.find("on fire"), std::string::npos);
  EXPECT_NEAR(tried[2].median_ms, 6, 1e-9);
  EXPECT_NEAR(tried[3].median_ms, 5, 1e-9);
  EXPECT_EQ(BestVariant(tried), 3);
}

TEST_F(TuneTest, AChampionThatFailsLaterIsNotTaken) {
  backend_.ms = {{1, 2}, {2, 6}};
  backend_.fails_to_run = 1;
  const std::vector<Variant> tried = Measure({1, 2});
  EXPECT_NE(tried[0].failure, "");
  EXPECT_EQ(BestVariant(tried), 1);
}

}  // namespace
}  // namespace amsel
