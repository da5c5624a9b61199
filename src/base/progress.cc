#include "base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace amsel {
namespace {

std::string Duration(double seconds) {
  char text[32];
  const auto whole = std::lround(seconds);
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%ldh%02ldm", whole / 3600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%ldm%02lds", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lds", whole);
  }
  return text;
}

}  // namespace

std::string ProgressLine(const std::string& label, std::size_t done, std::size_t total, Nanoseconds elapsed) {
  constexpr std::size_t kWidth = 24;
  const std::size_t filled = total == 0 ? kWidth : std::min(kWidth, kWidth * done / total);
  std::string line = label + " [" + std::string(filled, '#') + std::string(kWidth - filled, '-') + "] " +
                     std::to_string(done) + "/" + std::to_string(total);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (done == 0 || seconds <= 0) return line;
  const double rate = static_cast<double>(done) / seconds;
  char text[48];
  std::snprintf(text, sizeof text, rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
  return line + text + "  " + Duration(static_cast<double>(total - std::min(done, total)) / rate) + " left";
}

Progress::Progress(std::string label, std::size_t total, const Clock& clock)
    : label_(std::move(label)),
      total_(total),
      clock_(&clock),
      start_(clock.Now()),
      visible_(::isatty(STDERR_FILENO) == 1) {}

void Progress::Clear() {
  if (visible_ && drawn_.count() > 0) std::fprintf(stderr, "\r\033[K");
  drawn_ = Nanoseconds(0);
}

void Progress::Update(std::size_t done) {
  if (!visible_) return;
  const Nanoseconds now = clock_->Now();
  if (done < total_ && drawn_.count() > 0 && now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  std::fprintf(stderr, "\r\033[K%s", ProgressLine(label_, done, total_, now - start_).c_str());
  std::fflush(stderr);
}

std::function<void(std::size_t done, std::size_t total)> ReportOn(std::unique_ptr<Progress>& bar, std::string label,
                                                                  const Clock& clock) {
  return [&bar, &clock, label = std::move(label), started = false](std::size_t done, std::size_t total) mutable {
    if (!started) {
      bar.reset();  // clears its line before the next one is drawn
      bar = std::make_unique<Progress>(label, total, clock);
      started = true;
    }
    bar->Update(done);
  };
}

}  // namespace amsel
