// Penalised maximum likelihood. The pool's few weights are found first; vector and matrix heads are deviations from it,
// shrunk by a ridge, so that with little data they stay a pool. Where classes are many, the pool's weights are found on
// each image's likeliest classes alone: what the others add to the likelihood is too little to change two or three
// weights, and costs most of the time.
#include "learn/fit_head.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learn/minimize.h"

namespace amsel {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kPoolIterations = 30;
constexpr int kRichIterations = 60;

/// The rows' outputs, gathered: one block of columns a slot.
struct Design {
  Matrix inputs;  ///< [rows × slots · classes]
  std::vector<int> labels;
  Eigen::VectorXf weights;
  int slots = 0;
  int classes = 0;
};

Design Gather(const HeadData& data, std::span<const std::size_t> rows) {
  Design design;
  design.slots = static_cast<int>(data.outputs.size());
  design.classes = data.classes;
  const auto count = static_cast<Eigen::Index>(rows.size());
  design.inputs.resize(count, design.slots * design.classes);
  design.weights.resize(count);
  for (Eigen::Index r = 0; r < count; ++r) {
    const std::size_t row = rows[static_cast<std::size_t>(r)];
    design.labels.push_back(data.labels[row]);
    design.weights[r] = static_cast<float>(data.weights[row]);
    for (int s = 0; s < design.slots; ++s) {
      const float* from =
          data.outputs[static_cast<std::size_t>(s)].data() + row * static_cast<std::size_t>(data.classes);
      std::copy(from, from + data.classes, &design.inputs(r, s * design.classes));
    }
  }
  return design;
}

constexpr int kLikeliest = 48;

/// The same rows with only their likeliest classes by the mean of the slots, the true one among them and first.
Design Likeliest(const Design& design) {
  if (design.classes <= kLikeliest) return design;
  const int k = design.classes;
  Design reduced{Matrix(design.inputs.rows(), design.slots * kLikeliest), {}, design.weights, design.slots, kLikeliest};
  std::vector<int> order(static_cast<std::size_t>(k));
  for (Eigen::Index r = 0; r < design.inputs.rows(); ++r) {
    Eigen::RowVectorXf sum = Eigen::RowVectorXf::Zero(k);
    for (int s = 0; s < design.slots; ++s) sum += design.inputs.row(r).segment(s * k, k);
    sum[design.labels[static_cast<std::size_t>(r)]] = std::numeric_limits<float>::max();
    std::iota(order.begin(), order.end(), 0);
    std::nth_element(order.begin(), order.begin() + kLikeliest, order.end(),
                     [&](int a, int b) { return sum[a] != sum[b] ? sum[a] > sum[b] : a < b; });
    std::iter_swap(order.begin(),
                   std::find(order.begin(), order.begin() + kLikeliest, design.labels[static_cast<std::size_t>(r)]));
    for (int s = 0; s < design.slots; ++s) {
      for (int n = 0; n < kLikeliest; ++n) {
        reduced.inputs(r, s * kLikeliest + n) = design.inputs(r, s * k + order[static_cast<std::size_t>(n)]);
      }
    }
    reduced.labels.push_back(0);
  }
  return reduced;
}

/// Turns scores z into w · (softmax(z) − onehot(label)), in place; gives the weighted negative log-likelihood.
double LossAndResidual(const Design& design, Matrix& z) {
  Eigen::ArrayXf sums(z.rows());
  Eigen::ArrayXf at_label(z.rows());
  for (Eigen::Index r = 0; r < z.rows(); ++r) {
    auto row = z.row(r);
    const int label = design.labels[static_cast<std::size_t>(r)];
    const float highest = row.maxCoeff();
    at_label[r] = row[label] - highest;
    row = (row.array() - highest).exp();
    sums[r] = row.sum();
    row *= design.weights[r] / sums[r];
    row[label] -= design.weights[r];
  }
  return (design.weights.array() * (sums.log() - at_label)).cast<double>().sum();
}

/// Weights of the slots; a weak pull towards an even pool keeps them finite where candidates are always right.
std::vector<double> FitPool(const Design& design) {
  constexpr double kPull = 1;
  const double even = 1.0 / design.slots;
  const int k = design.classes;
  Matrix z(design.inputs.rows(), k);
  const SmoothFunction objective = [&](std::span<const double> a, std::span<double> gradient) {
    z.setZero();
    for (int s = 0; s < design.slots; ++s) {
      z += static_cast<float>(a[static_cast<std::size_t>(s)]) * design.inputs.middleCols(s * k, k);
    }
    double loss = LossAndResidual(design, z);
    for (int s = 0; s < design.slots; ++s) {
      const auto at = static_cast<std::size_t>(s);
      loss += 0.5 * kPull * (a[at] - even) * (a[at] - even);
      gradient[at] =
          static_cast<double>(z.cwiseProduct(design.inputs.middleCols(s * k, k)).sum()) + kPull * (a[at] - even);
    }
    return loss;
  };
  return Minimize(objective, std::vector<double>(static_cast<std::size_t>(design.slots), even), kPoolIterations);
}

/// Adds ½ · ridge · ‖x‖² over the first `count` parameters.
double AddRidge(std::span<const double> x, std::size_t count, double ridge, std::span<double> gradient) {
  double penalty = 0;
  for (std::size_t p = 0; p < count; ++p) {
    penalty += 0.5 * ridge * x[p] * x[p];
    gradient[p] += ridge * x[p];
  }
  return penalty;
}

Matrix PooledScores(const Design& design, const std::vector<double>& pool) {
  Matrix z = Matrix::Zero(design.inputs.rows(), design.classes);
  for (int s = 0; s < design.slots; ++s) {
    z += static_cast<float>(pool[static_cast<std::size_t>(s)]) *
         design.inputs.middleCols(s * design.classes, design.classes);
  }
  return z;
}

/// Deviations from the pool: [slots · classes × classes] for matrices, then the bias.
std::vector<double> FitMatrix(const Design& design, const Matrix& pooled, double ridge) {
  const Eigen::Index in = design.inputs.cols();
  const Eigen::Index k = design.classes;
  const auto values = static_cast<std::size_t>(in * k);
  Matrix z;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    using DoubleMap = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
    const Matrix w = DoubleMap(x.data(), in + 1, k).cast<float>();
    z.noalias() = design.inputs * w.topRows(in);
    z += pooled;
    z.rowwise() += w.row(in);
    const double loss = LossAndResidual(design, z);
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> g(gradient.data(), in + 1, k);
    g.topRows(in) = (design.inputs.transpose() * z).cast<double>();
    g.row(in) = z.cast<double>().colwise().sum();
    return loss + AddRidge(x, values, ridge, gradient);
  };
  return Minimize(objective, std::vector<double>(values + static_cast<std::size_t>(k), 0.0), kRichIterations);
}

/// Deviations from the pool: [slots × classes] for vectors, then the bias (shrunk too: many classes, few images).
std::vector<double> FitVector(const Design& design, const Matrix& pooled, double ridge) {
  const int k = design.classes;
  const auto values = static_cast<std::size_t>(design.slots) * static_cast<std::size_t>(k);
  Matrix z;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    const Eigen::RowVectorXf w =
        Eigen::Map<const Eigen::RowVectorXd>(x.data(), static_cast<Eigen::Index>(x.size())).cast<float>();
    z = pooled.rowwise() + w.tail(k);
    for (int s = 0; s < design.slots; ++s) {
      z.array() += design.inputs.middleCols(s * k, k).array().rowwise() * w.segment(s * k, k).array();
    }
    const double loss = LossAndResidual(design, z);
    Eigen::Map<Eigen::RowVectorXd> g(gradient.data(), static_cast<Eigen::Index>(gradient.size()));
    for (int s = 0; s < design.slots; ++s) {
      g.segment(s * k, k) = z.cwiseProduct(design.inputs.middleCols(s * k, k)).colwise().sum().cast<double>();
    }
    g.tail(k) = z.colwise().sum().cast<double>();
    return loss + AddRidge(x, values, ridge, gradient) +
           AddRidge(x.subspan(values), static_cast<std::size_t>(k), ridge / 100, gradient.subspan(values));
  };
  return Minimize(objective, std::vector<double>(values + static_cast<std::size_t>(k), 0.0), kRichIterations);
}

std::vector<float> ToFloats(std::span<const double> values) {
  return {values.begin(), values.end()};
}

}  // namespace

Head FitHead(const HeadData& data, std::span<const int> slots, std::span<const std::size_t> rows,
             const HeadOptions& options) {
  const Design design = Gather(data, rows);
  const std::vector<double> pool = FitPool(Likeliest(design));
  const auto k = static_cast<std::size_t>(design.classes);
  Head head;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    head.maps.push_back({slots[s], HeadMap::Kind::kScalar, {static_cast<float>(pool[s])}});
  }
  if (options.family == HeadFamily::kPool) return head;
  const Matrix pooled = PooledScores(design, pool);
  const bool full = options.family == HeadFamily::kMatrix;
  const std::vector<double> found =
      full ? FitMatrix(design, pooled, options.ridge) : FitVector(design, pooled, options.ridge);
  const std::size_t block = full ? k * k : k;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    HeadMap& map = head.maps[s];
    map.kind = full ? HeadMap::Kind::kFull : HeadMap::Kind::kDiagonal;
    map.values = ToFloats(std::span(found).subspan(s * block, block));
    for (std::size_t c = 0; c < k; ++c) map.values[full ? c * k + c : c] += static_cast<float>(pool[s]);
  }
  head.bias = ToFloats(std::span(found).subspan(slots.size() * block, k));
  return head;
}

}  // namespace amsel
