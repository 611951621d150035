// Choosing in memory: several at once in one process, each stopped by itself, with the program's rows.
#include <catch2/catch.hpp>

#include <omp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "datasets/readers/selection_file.hpp"
#include "experiments/jobs/select_job.hpp"
#include "experiments/machine/job.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using test::Folder;

constexpr const char* kData = "synthetic_web[n=3000,d=32]";

std::shared_ptr<const Dataset> made(const std::string& text) {
  DataChoice choice;
  choice.data = text;
  return load_data(choice).data;
}

struct Question {
  std::string selector;
  std::string objective;
  std::uint64_t seed = 0;
};

std::vector<Index> choose_apart(const std::shared_ptr<const Dataset>& data, const Question& question) {
  std::vector<Index> rows;
  run_apart([&](const Watch& watch) {
    ProblemRequest problem;
    problem.objective = objectives().named(question.objective);
    problem.budget.fraction = 0.1;
    ChooseOptions options;
    options.seed = question.seed;
    options.threads = 2;
    rows = choose(data, problem, selectors().make(question.selector), options, watch).rows;
  });
  return rows;
}

std::vector<Index> rows_of_program(const Question& question, const Folder& folder) {
  SelectRequest request;
  request.data.data = kData;
  request.objective = question.objective;
  request.selector = question.selector;
  request.seed = question.seed;
  request.budget.fraction = 0.1;
  request.out = folder / "selected.parquet";
  run_select(request);
  return read_selection(request.out, *made(kData)).rows;
}

TEST_CASE("selections at once in one process are those of the program, though one is stopped") {
  const auto data = made(kData);
  const std::vector<Question> questions = {{"lazy_greedy", "facility_location"},
                                           {"datamask[steps=300]", "joint", 7},
                                           {"stochastic_greedy", "joint", 3}};
  std::atomic<bool> stop{false};
  std::atomic<bool> begun{false};
  auto endless = std::async(std::launch::async, [&] {
    run_apart(
        [&](const Watch& watch) {
          begun = true;
          ProblemRequest problem;
          problem.budget.amount = 300;
          choose(data, problem, selectors().make("datamask[steps=1000000000]"), {}, watch);
        },
        [&](Job& job) {
          if (stop) job.stop();
        });
  });
  while (!begun) std::this_thread::yield();
  std::vector<std::future<std::vector<Index>>> at_once;
  for (const Question& question : questions)
    at_once.push_back(std::async(std::launch::async, choose_apart, data, question));
  std::vector<std::vector<Index>> rows;
  for (auto& one : at_once) rows.push_back(one.get());
  stop = true;
  CHECK_THROWS_AS(endless.get(), Interrupted);
  const Folder folder;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    INFO(questions[i].selector);
    CHECK(rows[i].size() == 300);
    CHECK(rows[i] == rows_of_program(questions[i], folder));
  }
}

TEST_CASE("a job leaves the caller's OpenMP as it was, and a forked child can have jobs of its own") {
  const auto data = made(kData);
  omp_set_num_threads(3);
  const std::vector<Index> rows = choose_apart(data, {"relaxation", "joint"});
  CHECK(omp_get_max_threads() == 3);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(300);  // a hang is a failure
    _exit(choose_apart(data, {"relaxation", "joint"}) == rows ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("time that is up gives what there is, and says so") {
  const auto data = made(kData);
  ChooseOptions options;
  options.time_limit = 0.05;
  ProblemRequest problem;
  problem.budget.amount = 300;
  const Chosen part = choose(data, problem, selectors().make("datamask[steps=1000000000]"), options);
  CHECK_FALSE(part.complete);
  CHECK(part.rows.size() == 300);
  options.time_limit = 1e-9;
  problem.objective = objectives().named("facility_location");
  CHECK_THROWS_AS(choose(data, problem, selectors().make("lazy_greedy"), options), Interrupted);
}

TEST_CASE("what a job throws is thrown to who asked, and what the caller throws stops the job") {
  CHECK_THROWS_AS(run_apart([](const Watch&) { throw UserError("no"); }), UserError);
  std::atomic<bool> ended{false};
  CHECK_THROWS_AS(run_apart(
                      [&](const Watch& watch) {
                        while (!watch.stop()) std::this_thread::yield();
                        ended = true;
                      },
                      [](Job&) { throw std::logic_error("enough"); }),
                  std::logic_error);
  CHECK(ended);
}

TEST_CASE("the share of a phase never falls, and each phase begins anew") {
  std::vector<std::pair<std::string, double>> seen;
  run_apart(
      [](const Watch& watch) {
        for (const char* phase : {"read", "score"}) {
          const Watching scope(watch, phase);
          for (int loop = 0; loop < 2; ++loop) {
            Looks looks(40);
            for (int step = 0; step < 40; ++step) {
              looks.step();
              usleep(5000);
            }
          }
        }
      },
      [&](Job& job) { seen.emplace_back(job.phase(), job.progress()); });
  REQUIRE(seen.size() > 4);
  CHECK(seen.back().first == "score");
  for (std::size_t i = 1; i < seen.size(); ++i) {
    if (seen[i].first == seen[i - 1].first) CHECK(seen[i].second >= seen[i - 1].second);
  }
}

TEST_CASE("memory is counted from what others hold already") {
  const MemoryForecast alone{900, 500, 100, 50, 0}, shared{0, 500, 100, 50, 480};
  CHECK(alone.peak() == 900);
  CHECK(shared.peak() == 120);
  CHECK(memory_shortage(shared, 120).empty());
  CHECK_FALSE(memory_shortage(shared, 119).empty());
}

}  // namespace
}  // namespace maskbench
