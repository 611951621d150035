// What control groups leave of the memory: every group on the path, both versions, page cache as free.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "experiments/machine/memory.hpp"

namespace maskbench {
namespace {

class Groups {
 public:
  explicit Groups(const std::string& self) : root_("/tmp/maskbench_groups_" + std::to_string(getpid())) {
    std::filesystem::create_directories(root_);
    put("self", self);
  }
  ~Groups() { std::filesystem::remove_all(root_); }
  Groups& put(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
    return *this;
  }
  std::int64_t left() const { return left_in_groups(root_, root_ / "self"); }

 private:
  std::filesystem::path root_;
};

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

TEST_CASE("no control group, no limit") {
  CHECK(Groups("").left() == kNoLimit);
  CHECK(Groups("0::/a/b\n").put("memory.current", "7").left() == kNoLimit);
  CHECK(Groups("0::/\n").put("memory.max", "max").put("memory.current", "7").left() == kNoLimit);
}

TEST_CASE("page cache that the kernel gives back is free") {
  const char* stat =
      "anon 100\nfile 800\nkernel 5\ninactive_file 600\nactive_file 150\nslab_reclaimable 20\n";
  CHECK(Groups("0::/\n")
            .put("memory.max", "1000")
            .put("memory.current", "990")
            .put("memory.stat", stat)
            .left() == 780);
  CHECK(Groups("").put("memory.max", "1000").put("memory.current", "990").left() == 10);
  CHECK(Groups("").put("memory.max", "1000").put("memory.current", "1200").left() == 0);
}

TEST_CASE("the tightest group on the path counts") {
  Groups groups("0::/job/step\n");
  groups.put("job/memory.max", "500").put("job/memory.current", "100");
  groups.put("job/step/memory.max", "max").put("job/step/memory.current", "90");
  CHECK(groups.left() == 400);
  groups.put("job/step/memory.max", "200");
  CHECK(groups.left() == 110);
  groups.put("memory.max", "150").put("memory.current", "100");
  CHECK(groups.left() == 50);
}

TEST_CASE("version 1 has names of its own") {
  Groups groups("9:name=systemd:/\n4:cpu,memory:/job\n0::/\n");
  groups.put("memory/job/memory.limit_in_bytes", "1000").put("memory/job/memory.usage_in_bytes", "700");
  CHECK(groups.left() == 300);
  groups.put("memory/job/memory.stat", "cache 500\ntotal_inactive_file 400\ntotal_active_file 50\n");
  CHECK(groups.left() == 750);
  // In a container only the root of the hierarchy is there.
  Groups inside("4:memory:/docker/1234\n");
  inside.put("memory/memory.limit_in_bytes", "600").put("memory/memory.usage_in_bytes", "100");
  CHECK(inside.left() == 500);
}

}  // namespace
}  // namespace maskbench
