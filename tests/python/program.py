"""The built program, as the tests call it."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = (
    os.environ.get("MASKBENCH_PROGRAM")
    or os.environ.get("MASKBENCH_BINARY")
    or str(ROOT / "build" / "release" / "maskbench")
)
WEB_SAMPLE = ROOT / "datasets" / "samples" / "web_sample.parquet"


def start(*arguments, **options):
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def call(*arguments, code=0, **options):
    """Runs to the end, wants this exit code, returns (stdout, stderr)."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == code, f"exit code {done.returncode}, wanted {code}: {done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def call_json(*arguments):
    return json.loads(call(*arguments)[0])


def records(file, kind=None):
    lines = [json.loads(line) for line in pathlib.Path(file).read_text().splitlines()]
    return [line for line in lines if kind is None or line["kind"] == kind]
