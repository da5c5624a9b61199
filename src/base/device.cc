#include "base/device.h"

#include <sys/utsname.h>

#include <fstream>
#include <sstream>
#include <string_view>

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

bool IsX86() {
  utsname system{};
  return ::uname(&system) == 0 && std::string_view(system.machine) == "x86_64";
}

bool ListsVnni(const std::string& cpuinfo) {
  std::istringstream lines(cpuinfo);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == "avx512_vnni" || word == "avx_vnni") return true;
    }
    return false;  // of the first processor; the others are alike
  }
  return false;
}

bool HasVnni() {
  std::ifstream file("/proc/cpuinfo");
  std::stringstream text;
  text << file.rdbuf();
  return ListsVnni(text.str());
}

}  // namespace amsel
