// Where an output's name leads, and what is left of what stood there.
#include "datasets/core/system_error.hpp"
#include "datasets/core/whole_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "datasets/core/scratch_folder.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;
namespace fs = std::filesystem;

std::string fault_of_writing(const std::string& path) {
  try {
    WholeFile file(path);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a link stays and what it leads to is replaced") {
  const Folder folder;
  fs::create_directory(folder / "deep");
  const std::string target = write_bytes(folder / "deep/target", "old"), link = folder / "link";
  SECTION("absolute") {
    fs::create_symlink(target, link);
  }
  SECTION("relative") {
    fs::create_symlink("deep/target", link);
  }
  SECTION("over another link") {
    fs::create_symlink("target", folder / "deep/inner");
    fs::create_symlink("deep/inner", link);
  }
  SECTION("to nothing yet") {
    fs::create_symlink("deep/target", link);
    fs::remove(target);
  }
  write_whole(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK_FALSE(fs::is_symlink(target));
  CHECK(read_bytes(target) == "new");
}

TEST_CASE("what cannot be written is refused and left as it is") {
  const Folder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK_THAT(fault_of_writing(folder / "a"), Catch::Contains("links lead nowhere"));
  CHECK_THAT(fault_of_writing(folder / ""), Catch::Contains("a folder"));
  CHECK_THAT(fault_of_writing(folder / "new/"), Catch::Contains("a folder"));
  CHECK_THAT(fault_of_writing(""), Catch::Contains("needs a name"));
  CHECK_THAT(fault_of_writing(folder / "none/out"), Catch::Contains("No such file"));
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder / "socket";
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK_THAT(fault_of_writing(name), Catch::Contains("a socket"));
  CHECK(fs::is_socket(name));
  close(listener);
}

TEST_CASE("a pipe and a device are written through and stay what they are") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  check_can_write(pipe);  // a reader that waits must not see an end
  std::string got;
  std::thread reader([&] { got = read_bytes(pipe); });
  write_whole(pipe, "through");
  reader.join();
  CHECK(got == "through");
  CHECK(fs::is_fifo(pipe));
  write_whole("/dev/null", "gone");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_AS(write_whole("/dev/full", "too much"), MachineFault);
}

TEST_CASE("a file that this process has open is written where it stands") {
  const Folder folder;
  const std::string path = write_bytes(folder / "log", "before ");
  const int open_file = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(open_file >= 0);
  write_whole("/dev/fd/" + std::to_string(open_file), "after");
  write_whole("/proc/self/fd/" + std::to_string(open_file), "wards");
  close(open_file);
  CHECK(read_bytes(path) == "before afterwards");
  CHECK_THROWS_AS(write_whole("/dev/fd/" + std::to_string(open_file), "closed"), UserError);
}

TEST_CASE("permissions of a file that is replaced stay, those of a private one are its owner's") {
  const Folder folder;
  const std::string path = write_bytes(folder / "out", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  write_whole(path, "new");
  CHECK(fs::status(path).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
  WholeFile secret(folder / "secret", WholeFile::Access::owner_only);
  secret.commit();
  CHECK(fs::status(folder / "secret").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("two files are put in place together") {
  const Folder folder;
  {
    WholeFile first(folder / "first"), second(folder / "second");
    first.append("1", 1);
    second.append("2", 1);
    fs::create_directory(folder / "second");  // meanwhile
    CHECK_THROWS_AS(WholeFile::commit({&second, &first}), UserError);
    CHECK_FALSE(fs::exists(folder / "first"));
    fs::remove(folder / "second");
  }
  CHECK(folder.files() == 0);
}

TEST_CASE("what a killed process left under a name is used again, and nothing else") {
  const Folder folder;
  const std::string left = write_bytes(folder / ".maskbench-partial-0", "left");
  const std::string held = write_bytes(folder / ".maskbench-partial-1", "held");
  const int lock = open(held.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(lock, LOCK_EX) == 0);
  write_whole(folder / "out", "whole");
  CHECK_FALSE(fs::exists(left));
  CHECK(read_bytes(held) == "held");
  CHECK(read_bytes(folder / "out") == "whole");
  close(lock);
}

TEST_CASE(
    "a scratch folder is private, goes with its object, and takes only what was left of its kind along") {
  const Folder folder;
  const std::string prefix = folder / ".records.scratch";
  std::string left;
  {
    const pid_t child = fork();
    if (child == 0) {
      const ScratchFolder killed(prefix);
      write_bytes(killed.file("data"), "private");
      raise(SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "")) left = entry.path().string();
    CHECK((fs::status(left).permissions() & fs::perms::mask) == fs::perms::owner_all);
  }
  fs::create_directory(prefix);              // a user's, of nearly that name
  fs::create_directory(prefix + "-user01");  // of exactly such a name, but not ours
  write_bytes(prefix + "-user01/notes", "mine");
  {
    const ScratchFolder held(prefix), next(prefix);
    CHECK_FALSE(fs::exists(left));
    CHECK((fs::exists(held.path()) && fs::exists(next.path()) && held.path() != next.path()));
  }
  CHECK(fs::exists(prefix));
  CHECK(read_bytes(prefix + "-user01/notes") == "mine");
  CHECK(folder.files() == 2);
  CHECK_THROWS_AS(ScratchFolder(folder / "none/x"), UserError);
}

}  // namespace
}  // namespace maskbench
