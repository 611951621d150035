"""The command line program, which lies in the package: started in this process's place."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "_bin", "maskbench")


def environment() -> dict[str, str]:
    """The program's: it finds descriptors and samples by it."""
    return {"MASKBENCH_ROOT": os.path.join(HERE, "_root"), **os.environ}


def main() -> None:
    os.execve(PROGRAM, [PROGRAM, *sys.argv[1:]], environment())
