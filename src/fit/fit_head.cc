// Penalised maximum likelihood. The pool's few weights are found first; vector and matrix heads are deviations from it,
// shrunk by a ridge, so that with little data they stay a pool. Log-probabilities lie mostly along a few directions, in
// which the likelihood is curved thousands of times as much as in others: matrices are sought in coordinates in which
// it is curved about alike, so that few steps of L-BFGS suffice. Where classes are many, the pool's weights are found
// on each image's likeliest classes alone: what the others add to the likelihood is too little to change two or three
// weights, and costs most of the time.
#include "fit/fit_head.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/nan_last.h"
#include "fit/minimize.h"

namespace amsel {
namespace {

using ColumnMatrix = Eigen::MatrixXf;  // by columns: there are more rows than classes, so that work along them is wide

constexpr int kPoolIterations = 30;
constexpr int kVectorIterations = 60;
constexpr int kMatrixIterations = 20;  // more lower the loss on the images that were fitted alone

/// The rows' outputs, gathered: one block of columns a slot.
struct Design {
  ColumnMatrix inputs;  ///< [rows × slots · classes]
  std::vector<int> labels;
  Eigen::VectorXf weights;
  int slots = 0;
  int classes = 0;
};

/// Room for `classes` of the classes, with all but the inputs and labels filled in.
Design Start(const HeadData& data, std::span<const std::size_t> rows, int classes) {
  Design design;
  design.slots = static_cast<int>(data.outputs.size());
  design.classes = classes;
  const auto count = static_cast<Eigen::Index>(rows.size());
  design.inputs.resize(count, design.slots * classes);
  design.labels.resize(rows.size());
  design.weights.resize(count);
  for (Eigen::Index r = 0; r < count; ++r) {
    design.weights[r] = static_cast<float>(data.weights[rows[static_cast<std::size_t>(r)]]);
  }
  return design;
}

/// What slot s says of the classes of a row.
Eigen::Map<const Eigen::VectorXf> OutputOf(const HeadData& data, int s, std::size_t row) {
  const auto k = static_cast<std::size_t>(data.classes);
  return {data.outputs[static_cast<std::size_t>(s)].data() + row * k, data.classes};
}

Design Gather(const HeadData& data, std::span<const std::size_t> rows) {
  Design design = Start(data, rows, data.classes);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    design.labels[r] = data.labels[rows[r]];
    for (int s = 0; s < design.slots; ++s) {
      design.inputs.row(static_cast<Eigen::Index>(r)).segment(s * data.classes, data.classes) =
          OutputOf(data, s, rows[r]).transpose();
    }
  }
  return design;
}

constexpr int kLikeliest = 48;

/// The kLikeliest classes with the highest scores, of equals the first, among them `label`, which comes first.
void TakeLikeliest(Eigen::VectorXf& scores, int label, std::vector<int>& taken) {
  scores[label] = std::numeric_limits<float>::max();
  std::array<float, kLikeliest> highest;
  std::partial_sort_copy(scores.begin(), scores.end(), highest.begin(), highest.end(),
                         [](float a, float b) { return HighFirst(a) > HighFirst(b); });
  const float last = highest.back();
  taken.assign(1, label);
  for (const bool equal : {false, true}) {
    for (int c = 0; c < static_cast<int>(scores.size()) && taken.size() < kLikeliest; ++c) {
      if (c != label && (equal ? scores[c] == last : scores[c] > last)) taken.push_back(c);
    }
  }
}

/// The rows with only their likeliest classes by the mean of the slots, the true one among them and first.
Design GatherLikeliest(const HeadData& data, std::span<const std::size_t> rows) {
  if (data.classes <= kLikeliest) return Gather(data, rows);
  Design design = Start(data, rows, kLikeliest);
  Eigen::VectorXf sum;
  std::vector<int> taken;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    sum = OutputOf(data, 0, rows[r]);
    for (int s = 1; s < design.slots; ++s) sum += OutputOf(data, s, rows[r]);
    TakeLikeliest(sum, data.labels[rows[r]], taken);
    for (int s = 0; s < design.slots; ++s) {
      const auto output = OutputOf(data, s, rows[r]);
      for (int n = 0; n < kLikeliest; ++n) {
        design.inputs(static_cast<Eigen::Index>(r), s * kLikeliest + n) = output[taken[static_cast<std::size_t>(n)]];
      }
    }
    design.labels[r] = 0;
  }
  return design;
}

/// Turns scores z into w · (softmax(z) − onehot(label)), in place; gives the weighted negative log-likelihood.
double HeadLossAndResidual(const Design& design, ColumnMatrix& z) {
  Eigen::ArrayXf highest = z.col(0);
  for (Eigen::Index c = 1; c < z.cols(); ++c) highest = highest.max(z.col(c).array());
  Eigen::ArrayXf at_label(z.rows());
  for (Eigen::Index r = 0; r < z.rows(); ++r) {
    at_label[r] = z(r, design.labels[static_cast<std::size_t>(r)]) - highest[r];
  }
  Eigen::ArrayXf sums = Eigen::ArrayXf::Zero(z.rows());
  for (Eigen::Index c = 0; c < z.cols(); ++c) {
    z.col(c) = (z.col(c).array() - highest).exp();
    sums += z.col(c).array();
  }
  const Eigen::ArrayXf scale = design.weights.array() / sums;
  for (Eigen::Index c = 0; c < z.cols(); ++c) z.col(c).array() *= scale;
  for (Eigen::Index r = 0; r < z.rows(); ++r) z(r, design.labels[static_cast<std::size_t>(r)]) -= design.weights[r];
  return (design.weights.array() * (sums.log() - at_label)).cast<double>().sum();
}

/// Weights of the slots; a weak pull towards an even pool keeps them finite where candidates are always right.
std::vector<double> FitPool(const Design& design) {
  constexpr double kPull = 1;
  const double even = 1.0 / design.slots;
  const int k = design.classes;
  ColumnMatrix z(design.inputs.rows(), k);
  const SmoothFunction objective = [&](std::span<const double> a, std::span<double> gradient) {
    z.setZero();
    for (int s = 0; s < design.slots; ++s) {
      z += static_cast<float>(a[static_cast<std::size_t>(s)]) * design.inputs.middleCols(s * k, k);
    }
    double loss = HeadLossAndResidual(design, z);
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

ColumnMatrix PooledScores(const Design& design, const std::vector<double>& pool) {
  ColumnMatrix z = ColumnMatrix::Zero(design.inputs.rows(), design.classes);
  for (int s = 0; s < design.slots; ++s) {
    z += static_cast<float>(pool[static_cast<std::size_t>(s)]) *
         design.inputs.middleCols(s * design.classes, design.classes);
  }
  return z;
}

/// Mean over rows and classes of p (1 − p), by weight: by how much the likelihood is curved along a score.
double MeanCurvature(const Design& design, ColumnMatrix z) {
  HeadLossAndResidual(design, z);  // w · (p − onehot)
  double sum = 0;
  double total = 0;
  for (Eigen::Index r = 0; r < z.rows(); ++r) {
    const double w = design.weights[r];
    if (w <= 0) continue;
    z(r, design.labels[static_cast<std::size_t>(r)]) += design.weights[r];
    for (Eigen::Index c = 0; c < z.cols(); ++c) {
      const double share = z(r, c) / w;
      sum += w * share * (1 - share);
    }
    total += w;
  }
  return total > 0 ? sum / (total * static_cast<double>(z.cols())) : 0;
}

/// Deviations from the pool: [slots · classes × classes] for matrices, then the bias. With the factor L of an estimate
/// of the curvature, c · XᵀWX + ridge, sought are U = LᵀA and the bias by its own curvature.
std::vector<double> FitMatrix(const Design& design, const ColumnMatrix& pooled, double ridge) {
  using Coordinates = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Index in = design.inputs.cols();
  const Eigen::Index k = design.classes;
  constexpr double kLeast = 1e-3;        // curvature where every answer is sure
  constexpr Eigen::Index kBlock = 4096;  // rows that are worked on in doubles at once
  const double curvature = std::max(kLeast, MeanCurvature(design, pooled));
  Eigen::MatrixXd normal =
      curvature * (design.inputs.transpose() * design.weights.asDiagonal() * design.inputs).cast<double>();
  normal.diagonal().array() += ridge;
  const Eigen::LLT<Eigen::MatrixXd> factor(normal);
  ColumnMatrix x(design.inputs.rows(), in);  // X (Lᵀ)⁻¹
  for (Eigen::Index begin = 0; begin < x.rows(); begin += kBlock) {
    const Eigen::Index rows = std::min<Eigen::Index>(kBlock, x.rows() - begin);
    const Eigen::MatrixXd block = design.inputs.middleRows(begin, rows).transpose().cast<double>();
    x.middleRows(begin, rows) = factor.matrixL().solve(block).transpose().cast<float>();
  }
  const double bias_scale = 1 / std::sqrt(std::max(1.0, curvature * static_cast<double>(design.weights.sum())));
  ColumnMatrix z;
  const SmoothFunction objective = [&](std::span<const double> at, std::span<double> gradient) {
    const Eigen::Map<const Coordinates> u(at.data(), in + 1, k);
    z.noalias() = x * u.topRows(in).cast<float>();
    z += pooled;
    z.rowwise() += (bias_scale * u.row(in)).cast<float>();
    const double loss = HeadLossAndResidual(design, z);
    const Eigen::MatrixXd a = factor.matrixU().solve(u.topRows(in));
    Eigen::Map<Coordinates> g(gradient.data(), in + 1, k);
    g.topRows(in) = (x.transpose() * z).cast<double>() + ridge * factor.matrixL().solve(a);
    g.row(in) = bias_scale * z.cast<double>().colwise().sum();
    return loss + 0.5 * ridge * a.squaredNorm();
  };
  const auto values = static_cast<std::size_t>((in + 1) * k);
  std::vector<double> found = Minimize(objective, std::vector<double>(values, 0.0), kMatrixIterations);
  Eigen::Map<Coordinates> u(found.data(), in + 1, k);
  u.topRows(in) = factor.matrixU().solve(u.topRows(in)).eval();
  u.row(in) *= bias_scale;
  return found;
}

/// Deviations from the pool: [slots × classes] for vectors, then the bias (shrunk too: many classes, few images).
std::vector<double> FitVector(const Design& design, const ColumnMatrix& pooled, double ridge) {
  const int k = design.classes;
  const auto values = static_cast<std::size_t>(design.slots) * static_cast<std::size_t>(k);
  ColumnMatrix z;
  const SmoothFunction objective = [&](std::span<const double> x, std::span<double> gradient) {
    const Eigen::RowVectorXf w =
        Eigen::Map<const Eigen::RowVectorXd>(x.data(), static_cast<Eigen::Index>(x.size())).cast<float>();
    z = pooled.rowwise() + w.tail(k);
    for (int s = 0; s < design.slots; ++s) {
      z.array() += design.inputs.middleCols(s * k, k).array().rowwise() * w.segment(s * k, k).array();
    }
    const double loss = HeadLossAndResidual(design, z);
    Eigen::Map<Eigen::RowVectorXd> g(gradient.data(), static_cast<Eigen::Index>(gradient.size()));
    for (int s = 0; s < design.slots; ++s) {
      g.segment(s * k, k) = z.cwiseProduct(design.inputs.middleCols(s * k, k)).colwise().sum().cast<double>();
    }
    g.tail(k) = z.colwise().sum().cast<double>();
    return loss + AddRidge(x, values, ridge, gradient) +
           AddRidge(x.subspan(values), static_cast<std::size_t>(k), ridge / 100, gradient.subspan(values));
  };
  return Minimize(objective, std::vector<double>(values + static_cast<std::size_t>(k), 0.0), kVectorIterations);
}

std::vector<float> ToFloats(std::span<const double> values) {
  return {values.begin(), values.end()};
}

}  // namespace

Head FitHead(const HeadData& data, std::span<const int> slots, std::span<const std::size_t> rows,
             const HeadOptions& options) {
  const std::vector<double> pool = FitPool(GatherLikeliest(data, rows));
  Head head;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    head.maps.push_back({slots[s], HeadMap::Kind::kScalar, {static_cast<float>(pool[s])}});
  }
  if (options.family == HeadFamily::kPool) return head;
  const Design design = Gather(data, rows);
  const auto k = static_cast<std::size_t>(design.classes);
  const ColumnMatrix pooled = PooledScores(design, pool);
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
