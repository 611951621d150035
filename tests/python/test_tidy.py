"""scripts/tidy: what it reads together, what it leaves out, that it finds a planted slip."""

import shutil
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest
from program import ROOT


@pytest.fixture
def tidy(tmp_path):
    loader = SourceFileLoader("tidy", str(ROOT / "scripts/tidy"))
    module = module_from_spec(spec_from_loader("tidy", loader))
    loader.exec_module(module)
    module.BUILD = tmp_path
    return module


def test_files_of_one_target_and_flags_share_bundles(tidy):
    known = {f"a/{k:02}.cpp": ("algorithms", ("-O0",)) for k in range(30)}
    known |= {"a/kernel.cpp": ("algorithms", ("-O2",)), "b/x.cpp": ("datasets", ("-O0",))}
    found = list(tidy.bundles(known, known))
    assert [(len(files), flags) for files, flags in found] == [
        (14, ("-O0",)),
        (14, ("-O0",)),
        (2, ("-O0",)),
        (1, ("-O2",)),
        (1, ("-O0",)),
    ]
    assert sorted(file for files, _ in found for file in files) == sorted(known)


def test_mechanical_commits_change_nothing(tidy, monkeypatch):
    lines = (ROOT / ".git-blame-ignore-revs").read_text().splitlines()
    mechanical = next(line for line in lines if not line.startswith("#"))
    said = {"log": f"{mechanical}\nabc\n", "show": "algorithms/x.cpp\n"}
    asked = []
    monkeypatch.setattr(tidy, "git", lambda *words: asked.append(words) or said[words[0]])
    assert tidy.changed_by_last(2) == {"algorithms/x.cpp"}
    assert [words[-1] for words in asked if words[0] == "show"] == ["abc"]


@pytest.mark.skipif(shutil.which("clang-tidy-14") is None, reason="no clang-tidy-14: scripts/bootstrap --with lint")
def test_a_planted_slip_is_found_though_names_clash(tidy, tmp_path):
    folder = tmp_path / "tests"
    folder.mkdir()
    clean = "namespace { int twice(int x) { return 2 * x; } }\nint {name}() { return twice(1); }\n"
    slip = "struct Base { virtual ~Base() = default; virtual int f() { return 1; } };\nstruct Derived : Base { virtual int f() { return 2; } };\n"
    files = [str(folder / name) for name in ("a.cpp", "b.cpp", "c.cpp")]
    for file, text in zip(files, (clean.replace("{name}", "a"), clean.replace("{name}", "b"), slip)):
        (tmp_path / file).write_text(text)
    assert tidy.read(files[:1], ("-std=c++20",)) == ""
    found = tidy.read(files, ("-std=c++20",))  # twice() is defined two times: each file alone
    assert f"{files[2]}:2:" in found and "modernize-use-override" in found
    assert "redefinition" not in found and files[0] not in found
