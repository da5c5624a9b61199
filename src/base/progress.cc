#include "base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/json.h"
#include "base/output.h"

namespace amsel {
namespace {

constexpr std::chrono::milliseconds kBetweenFrames{100};
constexpr double kLeastToTell = 0.5;  // seconds
constexpr double kSlow = 0.5;         // to the second: below it the time of each says more than a rate

std::string Duration(double seconds) {
  std::array<char, 32> text{};
  const auto whole = std::lround(seconds);
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%ldh%02ldm", whole / 3600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text.data(), text.size(), "%ldm%02lds", whole / 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lds", whole);
  }
  return text.data();
}

std::string BarText(std::size_t done, std::size_t total) {
  constexpr std::size_t kWidth = 24;
  const std::size_t filled = total == 0 ? kWidth : std::min(kWidth, kWidth * done / total);
  return std::string("[").append(filled, '#').append(kWidth - filled, '-').append("] ");
}

}  // namespace

std::string RateText(std::size_t worked, std::size_t left, Nanoseconds elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (worked == 0 || seconds < kLeastToTell) return "";
  const double rate = static_cast<double>(worked) / seconds;
  std::array<char, 48> text{};
  if (rate < kSlow) {
    std::snprintf(text.data(), text.size(), "%s each", Duration(1 / rate).c_str());
  } else {
    std::snprintf(text.data(), text.size(), rate < 10 ? "%.1f/s" : "%.0f/s", rate);
  }
  return std::string(text.data()) + "  " + Duration(static_cast<double>(left) / rate) + " left";
}

ProgressView ProgressView::Stderr() {
  const char* const asked = std::getenv("AMSEL_PROGRESS");
  const bool json = asked != nullptr && std::string_view(asked) == "json";
  return {!json && ::isatty(STDERR_FILENO) == 1, WriteToStderr, json};
}

Progress::Progress(std::string label, std::size_t total, const Clock& clock, std::size_t begun, ProgressView view)
    : label_(std::move(label)),
      total_(total),
      clock_(&clock),
      begun_(begun),
      view_(std::move(view)),
      start_(clock.Now()),
      shown_(start_) {}

void Progress::Restart(std::string label, std::size_t total, std::size_t begun) {
  Clear();
  label_ = std::move(label);
  total_ = total;
  begun_ = begun;
  start_ = clock_->Now();
  told_ = false;
}

void Progress::Clear() {
  if (visible_) view_.write("\r\033[K");
  visible_ = false;
}

void Progress::Update(std::size_t done) {
  const Nanoseconds now = clock_->Now();
  if (view_.json) return UpdateForPrograms(done, now);
  if (view_.terminal && visible_ && done < total_ && now - shown_ < kBetweenFrames) return;
  if (!view_.terminal && now - shown_ < kBetweenLines) return;
  shown_ = now;
  const std::string rate = RateText(done - std::min(done, begun_), total_ - std::min(done, total_), now - start_);
  const std::string counts = std::to_string(done) + "/" + std::to_string(total_) + (rate.empty() ? "" : "  ") + rate;
  visible_ = view_.terminal;
  view_.write(visible_ ? "\r\033[K" + label_ + " " + BarText(done, total_) + counts
                       : "amsel: " + label_ + " " + counts + "\n");
}

void Progress::UpdateForPrograms(std::size_t done, Nanoseconds now) {
  if (told_ && done < total_ && now - shown_ < kBetweenFrames) return;
  shown_ = now;
  told_ = true;
  const Json line{{"progress", label_}, {"done", done}, {"total", total_}};
  view_.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::function<void(std::size_t done, std::size_t total)> ReportOn(std::unique_ptr<Progress>& bar, std::string label,
                                                                  const Clock& clock) {
  return [&bar, &clock, label = std::move(label), started = false](std::size_t done, std::size_t total) mutable {
    const std::size_t begun = done;  // nobody said when it began
    if (!bar) {
      bar = std::make_unique<Progress>(label, total, clock, begun);
    } else if (!started) {
      bar->Restart(label, total, begun);
    }
    started = true;
    bar->Update(done);
  };
}

}  // namespace amsel
