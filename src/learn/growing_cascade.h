// The best cascade that was found, for one part of the rows at one price, and what one stage more would make of it.
#pragma once

#include <vector>

#include "outcomes/outcomes.h"

namespace amsel {

/// Candidates in order, each after the first run where the pool of those before it is not sure enough: the mean of
/// their log-probabilities, nothing fitted. Its worth is accuracy less price · time on its rows. The table must have
/// outputs, and outlive it.
class GrowingCascade {
 public:
  /// One candidate alone.
  GrowingCascade(const Outcomes& table, Rows rows, std::size_t candidate, double price, int top);

  const std::vector<std::size_t>& candidates() const { return candidates_; }
  double worth() const { return worth_; }

  /// Its worth with one stage more and the best threshold before that.
  double WorthWith(std::size_t candidate) const { return BestStop(candidate).worth; }

  /// Takes that stage.
  void Add(std::size_t candidate);

 private:
  struct Image {
    std::size_t row = 0;
    float signal = 0;          ///< probability of the pool's class
    bool right = false;        ///< whether that is right
    bool answered = false;     ///< some candidate did
    std::vector<float> sum{};  ///< of log-probabilities
  };
  struct Stop {
    double worth = 0;
    std::size_t go_on = 0;      ///< so many of the least sure
    std::vector<char> right{};  ///< by image, of the pool with the candidate
  };

  Stop BestStop(std::size_t candidate) const;
  bool RightWith(const Image& image, std::size_t candidate, std::vector<float>& sum) const;
  void Look();

  const Outcomes& table_;
  double price_;
  int top_;
  double total_ = 0;  ///< weight of all rows
  double worth_ = 0;
  std::vector<std::size_t> candidates_;
  std::vector<Image> images_;  ///< those that reach the last stage, the least sure first
};

}  // namespace amsel
