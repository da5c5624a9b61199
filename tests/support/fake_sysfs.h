// A folder with sys/ and proc/ in it, as a machine with energy meters has them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "meter/sysfs.h"

namespace amsel {

/// Name of the running test, for folders of its own: tests of one fixture may run side by side.
inline std::string TestName() {
  return testing::UnitTest::GetInstance()->current_test_info()->name();
}

/// Files are written as the kernel shows them, with a newline. `Withhold` makes one fail with an errno: a test that
/// runs as root cannot take permissions from itself.
class FakeSysfs {
 public:
  explicit FakeSysfs(const std::string& name)
      : root_(testing::TempDir() + name), sysfs_(std::make_shared<Reader>(root_)) {
    std::filesystem::remove_all(root_);
    SetBusy(1000, 100);
  }
  ~FakeSysfs() { std::filesystem::remove_all(root_); }
  FakeSysfs(const FakeSysfs&) = delete;
  FakeSysfs& operator=(const FakeSysfs&) = delete;

  void Put(const std::string& path, const std::string& text) {
    sysfs_->said.erase(path);
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text << "\n";
  }
  void Put(const std::string& path, std::int64_t value) { Put(path, std::to_string(value)); }
  void Remove(const std::string& path) {
    sysfs_->said.erase(path);
    std::filesystem::remove_all(root_ + path);
  }
  void Withhold(const std::string& path, int error) { sysfs_->said[path] = {"", error}; }

  /// Processor time of all programs, and of this process, in ticks of 10 ms. Not written: it changes too often.
  void SetBusy(std::int64_t all, std::int64_t own) {
    sysfs_->said["/proc/stat"] = {"cpu  " + std::to_string(all) + " 0 0 9000 50 0 0 0 0 0\ncpu0 " +
                                      std::to_string(all) + " 0 0 9000 50 0 0 0 0 0\n",
                                  0};
    sysfs_->said["/proc/self/stat"] = {"4242 (am) sel (x)) R 1 4242 4242 0 -1 4194304 100 0 0 0 " +
                                           std::to_string(own) + " 0 0 0 20 0 1 0 77 1000 10\n",
                                       0};
  }

  /// A RAPL zone, "0" or "0:2", below the class folder as the kernel links it.
  void PutZone(const std::string& zone, const std::string& name, std::int64_t energy_uj) {
    const std::string folder = "/sys/class/powercap/intel-rapl:" + zone + "/";
    Put(folder + "name", name);
    Put(folder + "energy_uj", energy_uj);
    Put(folder + "max_energy_range_uj", std::int64_t{262143328850});
  }
  static std::string Energy(const std::string& zone) { return "/sys/class/powercap/intel-rapl:" + zone + "/energy_uj"; }

  /// A channel of the INA3221 at 1-0040: millivolts and milliamperes.
  void PutRail(int channel, const std::string& label, std::int64_t mv, std::int64_t ma) {
    const std::string number = std::to_string(channel);
    Put(Rail("in" + number + "_label"), label);
    Put(Rail("in" + number + "_enable"), 1);
    Put(Rail("in" + number + "_input"), mv);
    Put(Rail("curr" + number + "_input"), ma);
  }
  static std::string Rail(const std::string& file) {
    return "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3/" + file;
  }

  std::shared_ptr<const Sysfs> sysfs() const { return sysfs_; }
  const std::string& root() const { return root_; }

 private:
  class Reader final : public Sysfs {
   public:
    using Sysfs::Sysfs;
    FileRead Read(const std::string& path) const override {
      const auto it = said.find(path);
      return it == said.end() ? Sysfs::Read(path) : it->second;
    }
    std::map<std::string, FileRead> said;
  };

  std::string root_;
  std::shared_ptr<Reader> sysfs_;
};

}  // namespace amsel
