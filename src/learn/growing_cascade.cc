#include "learn/growing_cascade.h"

#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "policy/head.h"

namespace amsel {

GrowingCascade::GrowingCascade(const Outcomes& table, Rows rows, std::size_t candidate, double price, int top)
    : table_(table), price_(price), top_(top), candidates_{candidate} {
  for (const std::size_t i : rows) {
    Image image{i, 0, table.Right(candidate, i, top), !table.Failed(candidate, i)};
    image.sum.resize(static_cast<std::size_t>(table.classes()));
    table.LogProbsOf(candidate, i, image.sum);
    images_.push_back(std::move(image));
    total_ += table.images[i].weight;
    worth_ += images_.back().right ? table.images[i].weight : 0;
  }
  worth_ = (total_ > 0 ? worth_ / total_ : 0) - price_ * table.MeanPathMs(candidates_);
  Look();
}

/// From the least sure.
void GrowingCascade::Look() {
  std::vector<float> pool;
  for (Image& image : images_) {
    pool = image.sum;
    for (float& value : pool) value /= static_cast<float>(candidates_.size());
    LogSoftmax(pool);
    image.signal = image.answered ? std::exp(*std::max_element(pool.begin(), pool.end())) : -1;
  }
  std::stable_sort(images_.begin(), images_.end(), [](const Image& a, const Image& b) { return a.signal < b.signal; });
}

bool GrowingCascade::RightWith(const Image& image, std::size_t candidate, std::vector<float>& sum) const {
  if (!image.answered && table_.Failed(candidate, image.row)) return false;
  table_.LogProbsOf(candidate, image.row, sum);
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += image.sum[k];
  return RankOf(sum, table_.images[image.row].label) < top_;
}

GrowingCascade::Stop GrowingCascade::BestStop(std::size_t candidate) const {
  std::vector<std::size_t> path = candidates_;
  path.push_back(candidate);
  const double more_ms = table_.MeanPathMs(path) - table_.MeanPathMs(candidates_);
  std::vector<float> sum(static_cast<std::size_t>(table_.classes()));
  Stop best{0, 0, {}};
  double gain = 0;
  double most = 0;
  for (std::size_t n = 0; n < images_.size(); ++n) {
    const Image& image = images_[n];
    best.right.push_back(RightWith(image, candidate, sum) ? 1 : 0);
    gain += table_.images[image.row].weight * (best.right[n] - (image.right ? 1 : 0) - price_ * more_ms);
    if (gain <= most || (n + 1 < images_.size() && images_[n + 1].signal == image.signal)) continue;
    most = gain;
    best.go_on = n + 1;
  }
  best.worth = worth_ + (total_ > 0 ? most / total_ : 0);
  return best;
}

void GrowingCascade::Add(std::size_t candidate) {
  const Stop stop = BestStop(candidate);
  images_.resize(stop.go_on);
  std::vector<float> own(static_cast<std::size_t>(table_.classes()));
  for (std::size_t n = 0; n < images_.size(); ++n) {
    Image& image = images_[n];
    image.right = stop.right[n] != 0;
    image.answered = image.answered || !table_.Failed(candidate, image.row);
    table_.LogProbsOf(candidate, image.row, own);
    for (std::size_t k = 0; k < own.size(); ++k) image.sum[k] += own[k];
  }
  candidates_.push_back(candidate);
  worth_ = stop.worth;
  Look();
}

}  // namespace amsel
