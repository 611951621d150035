"""scripts/new_selector writes a method that registers, compiles, and passes the contract suite unchanged."""

import os
import pathlib
import shutil
import subprocess

import pytest

from program import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(PROGRAM).parent
KEY = "shortest_first"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources in which the script has run."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("CMakeLists.txt", "cmake", "algorithms", "datasets", "experiments", "results", "tests", "scripts", "paper"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    if (ROOT / ".venv").exists():
        (copy / ".venv").symlink_to(ROOT / ".venv")
    printed = run(copy / "scripts/new_selector", KEY, "--family", "sampling")
    assert f"algorithms/sampling/{KEY}.cpp" in printed and "paper/references.bib" in printed
    return copy


def test_it_registers_and_compiles_in_the_tree(tree, tmp_path):
    run("cmake", "-S", tree, "-B", tmp_path, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DMASKBENCH_CUDA=OFF")
    manifest = (tmp_path / "generated/selector_manifest.cpp").read_text()
    assert f"register_selector_{KEY}(registry)" in manifest
    run("ninja", "-C", tmp_path, f"CMakeFiles/maskbench_algorithms.dir/algorithms/sampling/{KEY}.cpp.o")


def test_it_passes_the_contract_suite_as_a_plugin(tree, tmp_path):
    run("cmake", "--install", BUILD, "--prefix", tmp_path / "prefix")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(mine LANGUAGES CXX)\nfind_package(MaskBenchPlugin REQUIRED)\n"
        f"maskbench_add_plugin(mine KEYS {KEY} SOURCES {tree}/algorithms/sampling/{KEY}.cpp)\n")
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={tmp_path / 'prefix'}",
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror")
    run("cmake", "--build", tmp_path / "build")
    environment = dict(os.environ, MASKBENCH_TEST_PLUGINS=str(tmp_path / "build/mine.so"), MASKBENCH_ROOT=str(tree))
    said = run(BUILD / "tests/maskbench_tests_contract", "~[tree]", env=environment, cwd=ROOT)
    assert "All tests passed" in said
    listed = run(BUILD / "maskbench", "list", "selectors", KEY, "--plugin", tmp_path / "build/mine.so")
    assert "weight" in listed


@pytest.mark.parametrize("name, words", [("Shortest", "lower_snake"), (KEY, "registered already"), ("top_k", "registered already")])
def test_it_refuses_what_it_should(tree, name, words):
    done = subprocess.run([tree / "scripts/new_selector", name, "--family", "sampling"], capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr
