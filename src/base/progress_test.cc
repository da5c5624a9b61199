#include "base/progress.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateText, TellsRateAndTimeLeft) {
  EXPECT_EQ(RateText(1500, 4500, seconds(10)), "150/s  30s left");
  EXPECT_EQ(RateText(1, 600, seconds(1)), "1.0/s  10m00s left");
  EXPECT_EQ(RateText(2, 3, seconds(50)), "25s each  1m15s left");
}

TEST(RateText, ClaimsNothingBeforeThereIsSomethingToTell) {
  EXPECT_EQ(RateText(0, 8, seconds(3)), "");
  EXPECT_EQ(RateText(64, 64, Nanoseconds(15)), "");
  EXPECT_EQ(RateText(64, 64, milliseconds(499)), "");
}

struct Shown {
  FakeClock clock;
  std::string text;

  ProgressView View(bool terminal) {
    return {terminal, [this](std::string_view bytes) { text += bytes; }};
  }
};

TEST(Progress, DrawsABarOnATerminalAndClearsIt) {
  Shown shown;
  {
    Progress bar("profile", 600, shown.clock, 0, shown.View(true));
    bar.Update(150);
    EXPECT_EQ(shown.text, "\r\033[Kprofile [######------------------] 150/600");
    shown.text.clear();
    shown.clock.Advance(milliseconds(50));
    bar.Update(151);
    EXPECT_EQ(shown.text, "");
    shown.clock.Advance(milliseconds(950));
    bar.Update(300);
    EXPECT_EQ(shown.text, "\r\033[Kprofile [############------------] 300/600  300/s  1s left");
    shown.text.clear();
  }
  EXPECT_EQ(shown.text, "\r\033[K");
}

TEST(Progress, CountsNoWorkThatWasDoneBeforeItStarted) {
  Shown shown;
  Progress bar("p", 600, shown.clock, 100, shown.View(true));
  bar.Update(100);
  shown.clock.Advance(seconds(10));
  shown.text.clear();
  bar.Update(200);
  EXPECT_EQ(shown.text, "\r\033[Kp [########----------------] 200/600  10/s  40s left");
}

TEST(Progress, PrintsALineEveryHalfMinuteWhereThereIsNoTerminal) {
  Shown shown;
  {
    Progress bar("profile", 6000, shown.clock, 0, shown.View(false));
    for (int second = 1; second <= 75; ++second) {
      shown.clock.Advance(seconds(1));
      bar.Update(static_cast<std::size_t>(second) * 10);
    }
  }
  EXPECT_EQ(shown.text,
            "amsel: profile 300/6000  10/s  9m30s left\n"
            "amsel: profile 600/6000  10/s  9m00s left\n");
}

TEST(Progress, ShortWorkPrintsNothingWhereThereIsNoTerminal) {
  Shown shown;
  {
    Progress bar("profile", 10, shown.clock, 0, shown.View(false));
    shown.clock.Advance(seconds(29));
    bar.Update(10);
    bar.Clear();
  }
  EXPECT_EQ(shown.text, "");
}

TEST(Progress, TellsProgramsInLinesOfJson) {
  Shown shown;
  ProgressView view = shown.View(false);
  view.json = true;
  Progress bar("profile", 600, shown.clock, 0, view);
  bar.Update(1);
  bar.Update(2);  // too soon after the first
  shown.clock.Advance(milliseconds(100));
  bar.Update(3);
  bar.Update(600);
  bar.Restart("outputs", 2);
  bar.Update(1);
  EXPECT_EQ(shown.text,
            "{\"done\":1,\"progress\":\"profile\",\"total\":600}\n"
            "{\"done\":3,\"progress\":\"profile\",\"total\":600}\n"
            "{\"done\":600,\"progress\":\"profile\",\"total\":600}\n"
            "{\"done\":1,\"progress\":\"outputs\",\"total\":2}\n");
}

TEST(Progress, RestartsForOtherWorkAndKeepsTheDistanceOfLines) {
  Shown shown;
  Progress bar("first", 2, shown.clock, 0, shown.View(false));
  shown.clock.Advance(seconds(20));
  bar.Update(2);
  bar.Restart("second", 40, 0);
  shown.clock.Advance(seconds(10));
  bar.Update(20);
  EXPECT_EQ(shown.text, "amsel: second 20/40  2.0/s  10s left\n");
}

TEST(ReportOn, TheFirstReportStartsWhatTheReportsAreShownOn) {
  const FakeClock clock;
  std::unique_ptr<Progress> bar =
      std::make_unique<Progress>("another", 1, clock, 0, ProgressView{false, [](std::string_view) {}});
  const Progress* const there = bar.get();
  const auto report = ReportOn(bar, "work", clock);
  report(1, 2);
  EXPECT_EQ(bar.get(), there);
  bar.reset();
  report(2, 2);
  EXPECT_NE(bar, nullptr);
}

}  // namespace
}  // namespace amsel
