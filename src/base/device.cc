#include "base/device.h"

#include <fstream>

namespace amsel {

std::string DeviceName() {
  std::ifstream board("/proc/device-tree/model");
  std::string line;
  if (std::getline(board, line, '\0') && !line.empty()) return line;
  std::ifstream cpu("/proc/cpuinfo");
  while (std::getline(cpu, line)) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

double LoadAverage() {
  std::ifstream file("/proc/loadavg");
  double load = -1;
  file >> load;
  return load;
}

}  // namespace amsel
