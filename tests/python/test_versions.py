"""One version: CMake's, which the program says, is that of the changelog and of the citation."""

import re

import yaml
from program import ROOT


def test_every_file_says_the_same_version():
    cmake = re.search(r"project\(MaskBench VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    newest = next(heading for heading in headings if heading != "Unreleased")
    assert (newest, yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]) == (cmake, cmake)
