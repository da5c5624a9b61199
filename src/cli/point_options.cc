#include "cli/point_options.h"

#include <cmath>
#include <optional>

namespace amsel {
namespace {

constexpr const char* kSingleBest = "single-best";

std::optional<double> ParseNumber(const std::string& text) {
  double value = 0;
  if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value)) return {};
  return value;
}

CLI::Validator AccuracyLimit() {
  return {[](const std::string& text) -> std::string {
            const std::optional<double> value = ParseNumber(text);
            if (text == kSingleBest || (value && *value >= 0 && *value <= 1)) return {};
            return "`" + text + "`: expected a fraction in 0..1, or single-best";
          },
          ""};
}

}  // namespace

CLI::Validator PositiveFinite() {
  return {[](const std::string& text) -> std::string {
            const std::optional<double> value = ParseNumber(text);
            return value && *value > 0 ? std::string() : "`" + text + "`: expected a number above 0";
          },
          ""};
}

void AddPointOptions(CLI::App& verb, PointOptions& options) {
  constexpr const char* kGroup = "Operating point";
  using Time = OperatingLimits::Time;
  const auto add_time = [&](const std::string& name, std::optional<Time>& limit, const std::string& help) {
    verb.add_option_function<double>(
            name, [&limit](double ms) { limit = Time(ms); }, help)
        ->check(PositiveFinite())
        ->type_name("MS")
        ->group(kGroup);
  };
  verb.add_option("--point", options.point, "By name (default: the bundle's first)")->type_name("NAME")->group(kGroup);
  add_time("--mean-latency-ms", options.limits.mean_latency, "By a limit on the planned mean latency");
  add_time("--max-latency-ms", options.limits.max_latency,
           "By a limit on the planned mean time of the worst path: the dearest sequence of candidates that it may run");
  verb.add_option_function<std::string>(
          "--min-accuracy",
          [&options](const std::string& text) {
            options.limits.as_accurate_as_single_best = text == kSingleBest;
            if (text != kSingleBest) options.limits.min_accuracy = ParseNumber(text);
          },
          "By the least planned top-1 accuracy: a fraction in 0..1, or single-best for the training accuracy of "
          "the single best, the most accurate DNN alone")
      ->check(AccuracyLimit())
      ->type_name("A")
      ->group(kGroup);
  verb.add_option_function<double>(
          "--max-energy-mj", [&options](double energy_mj) { options.limits.max_energy_mj = energy_mj; },
          "By a limit on the planned mean energy of the candidates that run")
      ->check(PositiveFinite())
      ->type_name("MJ")
      ->group(kGroup);
}

}  // namespace amsel
