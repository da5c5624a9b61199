// What the benchmarks that need a bundle take: [BUNDLE IMAGES [COUNT]], or else the demo's, which `make demo` leaves.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "base/status_macros.h"
#include "image/image_reader.h"
#include "profile/dataset.h"

namespace amsel {

struct BundleArguments {
  std::string bundle;
  std::string images;
  std::size_t count = 0;
};

/// Encoded bytes of the first of them.
inline Result<std::vector<std::string>> FetchImages(const BundleArguments& arguments,
                                                    const std::vector<std::string>& labels, std::size_t most) {
  AMSEL_ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(arguments.images, labels));
  std::vector<LabelledImage>& listed = dataset.images;
  listed.resize(std::min({listed.size(), arguments.count, most}));
  ImageReader reader;
  std::vector<std::string> encoded;
  for (const LabelledImage& image : listed) {
    AMSEL_ASSIGN_OR_RETURN(std::string bytes, reader.Fetch(image.reference));
    encoded.push_back(std::move(bytes));
  }
  return encoded;
}

/// What `main` of benchmark `name` does: reads the arguments, runs `work`, gives the exit code. Skips where there is no
/// bundle. `count` is the default.
inline int RunOnBundle(const char* name, int argc, char** argv, std::size_t count,
                       const std::function<Status(const BundleArguments&)>& work) {
  BundleArguments arguments{"out/demo/bundle", "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz", count};
  if (argc > 2) arguments = {argv[1], argv[2], argc > 3 ? std::strtoul(argv[3], nullptr, 10) : count};
  if (argc <= 2 && !std::filesystem::exists(arguments.bundle)) {
    fmt::print("{}: skipped: no {} (`make demo` makes it, or give BUNDLE IMAGES)\n", name, arguments.bundle);
    return 0;
  }
  const Status status = work(arguments);
  if (!status.ok()) fmt::print(stderr, "{}: {}\n", name, status.error().message);
  return status.ok() ? 0 : 4;
}

}  // namespace amsel
