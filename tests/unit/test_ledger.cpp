// The append-only file of records: locked, whole lines, repaired after a kill.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "experiments/records/ledger.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;

// A file name of its own for each test, gone afterwards.
class Scratch {
 public:
  std::string file() const { return folder_ / "sub/records.jsonl"; }

 private:
  test::Folder folder_;
};

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void add_raw(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

Json line(int number) {
  return {{"kind", "test"}, {"number", number}};
}

TEST_CASE("what is appended is read again, in order") {
  const Scratch scratch;
  {
    Ledger ledger(scratch.file(), Ledger::Open::resume);
    CHECK(ledger.records().empty());
    ledger.append(line(1));
    ledger.append(std::vector<Json>{line(2), line(3)});
  }
  CHECK(content_of(scratch.file()) ==
        "{\"kind\":\"test\",\"number\":1}\n{\"kind\":\"test\",\"number\":2}\n{\"kind\":\"test\",\"number\":3}"
        "\n");
  const Ledger again(scratch.file(), Ledger::Open::resume);
  CHECK(again.records() == std::vector<Json>{line(1), line(2), line(3)});
  CHECK(again.repaired().empty());
}

TEST_CASE("fresh drops what was there") {
  const Scratch scratch;
  Ledger(scratch.file(), Ledger::Open::resume).append(line(1));
  const Ledger ledger(scratch.file(), Ledger::Open::fresh);
  CHECK(ledger.records().empty());
  CHECK(content_of(scratch.file()).empty());
}

TEST_CASE("cut at any byte, the whole lines stay") {
  const Scratch scratch;
  {
    Ledger ledger(scratch.file(), Ledger::Open::resume);
    for (int i = 0; i < 3; ++i) ledger.append(line(i));
  }
  const std::string whole = content_of(scratch.file());
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    fs::remove(scratch.file());
    add_raw(scratch.file(), whole.substr(0, cut));
    const std::size_t lines =
        std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut), '\n');
    CHECK(read_records(scratch.file()).size() == lines);
    {
      Ledger ledger(scratch.file(), Ledger::Open::resume);
      REQUIRE(ledger.records().size() == lines);
      const bool torn = cut > 0 && whole[cut - 1] != '\n';
      CHECK(ledger.repaired().empty() != torn);
      ledger.append(line(9));
    }
    const std::vector<Json> after = read_records(scratch.file());
    REQUIRE(after.size() == lines + 1);
    CHECK(after.back() == line(9));
  }
}

TEST_CASE("a second writer is refused and told the file, and the first is not disturbed") {
  const Scratch scratch;
  {
    Ledger first(scratch.file(), Ledger::Open::resume);
    first.append(line(1));
    CHECK_THROWS_WITH(Ledger(scratch.file(), Ledger::Open::fresh),
                      Catch::StartsWith(scratch.file()) && Catch::Contains("another run"));
    first.append(line(2));
  }
  CHECK(Ledger(scratch.file(), Ledger::Open::resume).records().size() == 2);
}

TEST_CASE("a child process does not keep the lock") {
  const Scratch scratch;
  pid_t child = 0;
  {
    const Ledger ledger(scratch.file(), Ledger::Open::resume);
    child = ::fork();
    if (child == 0) {
      ::execl("/bin/sleep", "sleep", "20", static_cast<char*>(nullptr));
      ::_exit(1);
    }
    ::usleep(200000);  // until the child has become another program
  }
  CHECK_NOTHROW(Ledger(scratch.file(), Ledger::Open::resume));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("a broken line in the middle is an error with its number") {
  const Scratch scratch;
  Ledger(scratch.file(), Ledger::Open::resume).append(line(1));
  add_raw(scratch.file(), "{\"kind\": \n{\"kind\":\"test\"}\n");
  CHECK_THROWS_WITH(Ledger(scratch.file(), Ledger::Open::resume),
                    Catch::StartsWith(scratch.file() + ", line 2, column "));
  CHECK_THROWS_AS(read_records(scratch.file()), UserError);
}

TEST_CASE("the schema holds for reading and for writing") {
  const Scratch scratch;
  const Schema schema(parse_json(R"({"properties": {"number": {"type": "integer"}}})", "schema.json"));
  {
    Ledger ledger(scratch.file(), Ledger::Open::resume, &schema);
    ledger.append(line(1));
    CHECK_THROWS_AS(ledger.append(Json{{"number", "one"}}), std::logic_error);
  }
  CHECK(read_records(scratch.file(), &schema).size() == 1);
  add_raw(scratch.file(), "{\"number\":\"one\"}\n");
  CHECK_THROWS_WITH(read_records(scratch.file(), &schema),
                    Catch::Contains("line 2, number: is \"one\"; allowed: integer"));
}

TEST_CASE("a file that is none of records is refused and stays as it is") {
  const Scratch scratch;
  const std::string text = GENERATE(as<std::string>{}, "notes without an end", "notes\nof two lines\n",
                                    "{\n \"schema\": 1\n}\n", "{\"case\":\"a\"}\n", "\n", "PAR1\xff",
                                    "{\"kin", "{\"kind\": 3}\n", "{ \"kind\" : \"build\"}\n");
  const auto open = GENERATE(Ledger::Open::resume, Ledger::Open::fresh);
  fs::create_directories(fs::path(scratch.file()).parent_path());
  add_raw(scratch.file(), text);
  if (text == "{\"kin" ||
      text.find("build") != std::string::npos) {  // the beginning of a record; one of another writer
    CHECK_NOTHROW(Ledger(scratch.file(), open));
    return;
  }
  CHECK_THROWS_WITH(Ledger(scratch.file(), open),
                    Catch::StartsWith(scratch.file()) && Catch::Contains("left as it is"));
  CHECK(content_of(scratch.file()) == text);
}

TEST_CASE("records can go to a device") {
  Ledger ledger("/dev/null", Ledger::Open::resume);
  ledger.append(line(1));
  CHECK(ledger.records().empty());
}

TEST_CASE("a file that cannot be written is named") {
  CHECK_THROWS_WITH(Ledger("/proc/none/records.jsonl", Ledger::Open::resume),
                    Catch::StartsWith("/proc/none/records.jsonl"));
}

}  // namespace
}  // namespace maskbench
