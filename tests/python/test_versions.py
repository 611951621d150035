"""One version: CMake's, which the program says, is that of the changelog and of the citation."""

import re

import yaml
from program import ROOT


def test_every_file_says_the_same_version():
    cmake = re.search(r"project\(MaskBench VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert (newest, yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]) == (cmake, cmake)
