#include "fit/minimize.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>

namespace amsel {
namespace {

double Evaluate(void* instance, const double* x, double* gradient, int count, double /*step*/) {
  const auto size = static_cast<std::size_t>(count);
  return (*static_cast<const SmoothFunction*>(instance))({x, size}, {gradient, size});
}

}  // namespace

std::vector<double> Minimize(const SmoothFunction& function, std::vector<double> start, int iterations) {
  if (start.empty()) return start;
  const int count = static_cast<int>(start.size());
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.max_iterations = iterations;
  parameters.epsilon = 1e-5;
  parameters.past = 5;  // stop where five iterations gain next to nothing
  parameters.delta = 1e-6;
  double* x = lbfgs_malloc(count);
  std::copy(start.begin(), start.end(), x);
  double value = 0;
  SmoothFunction callable = function;
  lbfgs(count, x, &value, Evaluate, nullptr, &callable, &parameters);  // its status only says why it stopped
  std::vector<double> found(x, x + count);
  lbfgs_free(x);
  const bool finite = std::all_of(found.begin(), found.end(), [](double v) { return std::isfinite(v); });
  std::vector<double> gradient(start.size());
  return finite && function(found, gradient) <= function(start, gradient) ? found : start;
}

}  // namespace amsel
