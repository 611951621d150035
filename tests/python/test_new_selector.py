"""What README and CONTRIBUTING print about adding a selector is run here, in a fresh clone, command by command."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY = "shortest_first"


def run(command, folder, code=0):
    """A command as it is printed, or a list of words; returns what it printed."""
    printed = {"shell": True, "executable": "/bin/bash"} if isinstance(command, str) else {}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1400, **printed)
    assert done.returncode == code, (
        f"{command}: exit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    )
    return done.stdout + done.stderr


def blocks(document, heading, language):
    """The code blocks of one section, in order."""
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)
    assert section, f"{document} has no section '{heading}'"
    found = re.findall(rf"^```{language}\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert found, f"{document}, '{heading}': no block of {language}"
    return found


def commands(document, heading):
    return [line for block in blocks(document, heading, "bash") for line in block.splitlines()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the tree as it is now, committed or not, in which the build has been configured."""
    copy = tmp_path_factory.mktemp("fresh") / "maskbench"
    run(["git", "clone", "--quiet", ROOT, copy], ROOT)
    for name in run(["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"], ROOT).split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    if not (copy / ".venv").exists():
        (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
    run(["cmake", "--preset", "release", "-DMASKBENCH_CUDA=OFF"], copy)
    return copy


@pytest.fixture(scope="module")
def said(clone):
    """Runs the commands of a section, each once however often it is printed; command -> what it said."""
    all_said = {}

    def run_section(document, heading, after=None):
        for command in commands(document, heading):
            if command not in all_said:
                all_said[command] = run(command, clone)
                if after:
                    after(command)
        return all_said

    return run_section


def write_the_rule(clone):
    """What a person does between two commands: the printed block takes the place of the generated `select`."""
    method = clone / f"algorithms/sampling/{KEY}.cpp"
    (rule,) = blocks("CONTRIBUTING.md", "Adding a selector", "cpp")
    text, replaced = re.subn(
        r"^  Selection select\(.*?^  }\n", lambda _: rule, method.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    assert replaced == 1
    method.write_text(text)


def word_of(all_said, *words):
    """What the one command with these words said."""
    (command,) = [command for command in all_said if all(word in command for word in words)]
    return all_said[command]


def assert_the_gate_holds(text):
    """Passed; or on a machine that others use as well, nothing but times left undecided."""
    assert re.search(r"^gate: (passed|nothing failed, \d+ not decided)", text, re.MULTILINE), text
    undecided = re.findall(r"^(too noisy|no baseline) +(\S+)", text, re.MULTILINE)
    assert all(what == "speed" for _, what in undecided), text


def test_a_selector_in_the_tree(clone, said):
    first = commands("CONTRIBUTING.md", "Adding a selector")[0]
    all_said = said("CONTRIBUTING.md", "Adding a selector", lambda command: command == first and write_the_rule(clone))
    assert f"algorithms/sampling/{KEY}.cpp" in all_said[first] and "paper/references.bib" in all_said[first]
    assert "weight" in word_of(all_said, "list selectors")
    assert "All tests passed" in word_of(all_said, "maskbench_tests_contract", "tests/")
    table = word_of(all_said, "scripts/reproduce")
    assert table.count(f"| {KEY} |") == table.count("| top_k |") > 0
    assert "no baseline" in word_of(all_said, "rebaseline --why") and "0 changed" not in word_of(
        all_said, "rebaseline --why"
    )
    assert KEY in (clone / "results/baselines/values.jsonl").read_text()
    assert KEY in (clone / "results/baselines/speed.json").read_text()
    assert_the_gate_holds(word_of(all_said, "check all", KEY))


def test_a_ci_run_leaves_what_is_committed_and_makes_its_own(clone, said, tmp_path):
    """Else scripts/test would fail after scripts/reproduce."""
    said("CONTRIBUTING.md", "Adding a selector")
    status = [
        "git",
        "status",
        "--porcelain",
        "--",
        "README.md",
        "paper/claims.json",
        *(f"results/{part}" for part in ("runs", "tables", "figures")),
    ]
    assert run(status, clone) == run(status, ROOT)
    made = clone / "build/results"
    assert f"| {KEY} |" in (made / "tables/speedup-ci.md").read_text()
    run(["scripts/site", "--results", made, "--out", tmp_path / "site"], clone)
    assert KEY in (tmp_path / "site/speedup.html").read_text()


def test_the_readme_prints_the_same(clone, said):
    before = set(said("CONTRIBUTING.md", "Adding a selector"))
    assert commands("README.md", "Add a selector")[0] in before
    said("README.md", "Add a selector")


def test_a_plugin(clone, said):
    all_said = said("CONTRIBUTING.md", "The same as a plug-in")
    assert "| longest_first |" in word_of(all_said, "render ../mine/records.jsonl")
    assert_the_gate_holds(all_said[commands("CONTRIBUTING.md", "The same as a plug-in")[-1]])


def test_a_program(clone, said):
    all_said = said("CONTRIBUTING.md", "The same as a program")
    assert "my_rule.py" in word_of(all_said, "render ../mine/program.jsonl")


@pytest.mark.parametrize(
    "name, words", [("Shortest", "lower_snake"), (KEY, "registered already"), ("top_k", "registered already")]
)
def test_it_refuses_what_it_should(clone, name, words):
    assert words in run([clone / "scripts/new_selector", name, "--family", "sampling"], clone, code=2)


def test_a_plugin_is_not_written_over_another(clone):
    assert "exists already" in run(
        [clone / "scripts/new_selector", "longest_first", "--plugin", "../mine"], clone, code=2
    )
