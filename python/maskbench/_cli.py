"""The command line program, which lies in the package: started in this process's place."""

import os
import sys


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    program = os.path.join(here, "_bin", "maskbench")
    os.environ.setdefault("MASKBENCH_ROOT", os.path.join(here, "_root"))
    os.execv(program, [program, *sys.argv[1:]])
