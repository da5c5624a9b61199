#include "fit/minimize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace amsel {
namespace {

double Rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const double curve = x[1] - x[0] * x[0];
  gradient[0] = -2 * (1 - x[0]) - 400 * x[0] * curve;
  gradient[1] = 200 * curve;
  return (1 - x[0]) * (1 - x[0]) + 100 * curve * curve;
}

TEST(Minimize, FindsTheEndOfACurvedValley) {
  const std::vector<double> found = Minimize(Rosenbrock, {-1.2, 1}, 200);
  EXPECT_NEAR(found[0], 1, 1e-3);
  EXPECT_NEAR(found[1], 1, 1e-3);
}

TEST(Minimize, FindsTheMinimumOfAQuadraticOfUnequalCurvature) {
  const SmoothFunction quadratic = [](std::span<const double> x, std::span<double> gradient) {
    double value = 1;  // a positive minimum, so that the relative stopping rule has something to compare with
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double curvature = std::pow(10.0, static_cast<double>(i % 4));
      const double off = x[i] - static_cast<double>(i);
      gradient[i] = curvature * off;
      value += 0.5 * curvature * off * off;
    }
    return value;
  };
  const std::vector<double> found = Minimize(quadratic, std::vector<double>(20, 0.0), 200);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], static_cast<double>(i), 0.01) << i;
}

TEST(Minimize, IsNeverWorseThanItsStart) {
  for (const int iterations : {1, 2, 5, 20}) {
    for (double x = -3; x <= 3; x += 1.5) {
      std::vector<double> gradient(2);
      const std::vector<double> start{x, -x};
      const std::vector<double> found = Minimize(Rosenbrock, start, iterations);
      const double before = Rosenbrock(start, gradient);
      EXPECT_LE(Rosenbrock(found, gradient), before) << x << " after " << iterations;
    }
  }
}

TEST(Minimize, KeepsTheStartWhereTheGradientLies) {
  const SmoothFunction uphill = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = -2 * x[0];
    return x[0] * x[0];
  };
  EXPECT_LE(std::abs(Minimize(uphill, {0.5}, 20)[0]), 0.5);
}

TEST(Minimize, StaysFiniteWhereTheFunctionIsNot) {
  const SmoothFunction cliff = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = -1;
    return x[0] > 3 ? std::numeric_limits<double>::quiet_NaN() : -x[0];
  };
  const double found = Minimize(cliff, {0}, 50)[0];
  EXPECT_GE(found, 0);
  EXPECT_LE(found, 3);
}

TEST(Minimize, NoParametersNeedNoWork) {
  const SmoothFunction never = [](std::span<const double>, std::span<double>) -> double {
    ADD_FAILURE() << "evaluated";
    return 0;
  };
  EXPECT_TRUE(Minimize(never, {}, 10).empty());
}

TEST(Minimize, GivesTheSamePointTwice) {
  EXPECT_EQ(Minimize(Rosenbrock, {-1.2, 1}, 15), Minimize(Rosenbrock, {-1.2, 1}, 15));
}

}  // namespace
}  // namespace amsel
