#include "runtime/background_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace amsel {
namespace {

using testing::ElementsAre;

TEST(BackgroundLoader, LoadsOneAfterAnotherAndOnceWhatIsWantedTwiceBefore) {
  std::vector<std::size_t> loaded;
  std::latch loading(1);
  std::latch go_on(1);
  std::latch done(4);
  BackgroundLoader loader([&](std::size_t what) {
    if (what == 7 && loaded.empty()) {
      loading.count_down();
      go_on.wait();
    }
    loaded.push_back(what);
    done.count_down();
  });
  loader.Want(7);
  loading.wait();
  loader.Want(7);  // it is begun
  loader.Want(3);
  loader.Want(3);
  loader.Want(5);
  go_on.count_down();
  done.wait();
  EXPECT_THAT(loaded, ElementsAre(7, 7, 3, 5));
}

TEST(BackgroundLoader, WhatIsDoneMayBeWantedAgain) {
  std::atomic<int> loads = 0;
  BackgroundLoader loader([&](std::size_t) { ++loads; });
  while (loads < 2) loader.Want(1);
}

}  // namespace
}  // namespace amsel
