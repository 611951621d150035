"""Killed, told to stop, out of disk, or with inputs that change: an output is whole or is what it was, and the next run leaves no scratch.

MASKBENCH_FAULTS=N tries N moments of each kind (scripts/test --long); a few by default.
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import PROGRAM, call, records, start
from tables import write_table
from tiny_descriptor import write_descriptor

MOMENTS = int(os.environ.get("MASKBENCH_FAULTS", "4"))
MIB = 1 << 20
SELECT = ["--quality", "good", "--selector", "top_k", "--rows", 150]
# Rows that take a moment to write, without features, and rows whose features lie in a scratch file.
MANY = [
    "--features",
    "-",
    "--quality",
    "good",
    "--id",
    "id",
    "--selector",
    "top_k",
    "--objective",
    "quality",
    "--rows",
    200_000,
]
IN_FILE = ["--data", "synthetic_web[n=60000,d=128]", "--selector", "random", "--rows", 300, "--memory", 56 * MIB]


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    file = tmp_path_factory.mktemp("many") / "many.parquet"
    count = 250_000
    good = np.random.default_rng(0).normal(size=count).astype(np.float32)
    pq.write_table(pa.table({"good": good, "id": pa.array([f"document-{i}" for i in range(count)])}), file)
    return file


class Place:
    """A folder with outputs of an earlier run, and a folder for scratch."""

    def __init__(self, folder):
        self.folder, self.scratch = folder / "outputs", folder / "scratch"
        self.folder.mkdir()
        self.scratch.mkdir()
        self.ids, self.report = self.folder / "ids.parquet", self.folder / "report.json"
        self.files = ["--out", self.ids, "--report", self.report]
        self.environment = {**os.environ, "TMPDIR": str(self.scratch)}

    def begin(self, *words):
        return start(*words, env=self.environment, start_new_session=True)

    def rows(self):
        """Of the answer, or None; both outputs are whole, and nothing lies beside them."""
        assert {file.name for file in self.folder.iterdir()} <= {"ids.parquet", "report.json"}
        if self.report.exists():
            json.loads(self.report.read_text())
            assert self.ids.exists()  # the report is put in place last
        return pq.read_table(self.ids).num_rows if self.ids.exists() else None

    def left(self):
        return sorted(file.name for file in self.scratch.iterdir())


def writes_in(pid, folder):
    """Whether a process, or a child of its, has a file without a name open in the folder: what becomes an output when it is whole."""
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            name = os.readlink(f"/proc/{pid}/fd/{number}")
            if name.startswith(f"{folder}/") and name.endswith("(deleted)"):
                return True
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return any(writes_in(child, folder) for child in children.read().split())
    except OSError:  # it has just closed it, or ended
        return False


def wait_until_it_writes(process, folder):
    """False: it has ended."""
    deadline = time.monotonic() + 120
    while process.poll() is None:
        assert time.monotonic() < deadline
        if writes_in(process.pid, folder):
            return True
    return False


def kill(process, how=signal.SIGKILL):
    process.send_signal(how)
    process.communicate(timeout=120)
    return process.returncode


def seconds_of(*words, **options):
    began = time.monotonic()
    call(*words, **options)
    return time.monotonic() - began


@pytest.mark.parametrize("kind", ["in memory", "in a scratch file"])
def test_killed_at_any_moment_a_selection_is_whole_or_not_there(tmp_path, many, kind):
    place = Place(tmp_path)
    words = ["select", *(["--data", many, *MANY] if kind == "in memory" else IN_FILE), *place.files]
    seconds = seconds_of(*words, env=place.environment)
    whole = place.rows()
    moments, written = random.Random(kind), 0
    for moment in range(MOMENTS):
        for file in place.folder.iterdir():
            file.unlink()
        process = place.begin(*words)
        if moment % 2:
            written += wait_until_it_writes(process, place.folder if kind == "in memory" else place.scratch)
        else:
            try:
                process.wait(timeout=moments.uniform(0, seconds))
            except subprocess.TimeoutExpired:
                pass
        kill(process)
        assert place.rows() in (None, whole)
    assert written > 0
    call(*words, env=place.environment)
    assert place.rows() == whole and place.left() == []


def test_killed_between_its_outputs_a_selection_has_no_report_without_ids(tmp_path, many):
    """The report goes to a pipe that nobody reads, so that the program stands still where it puts its outputs in place."""
    place = Place(tmp_path)
    os.mkfifo(place.report)
    process = place.begin("select", "--data", many, *MANY, *place.files)
    try:
        process.wait(timeout=5)
        raise AssertionError(process.communicate())
    except subprocess.TimeoutExpired:
        assert kill(process) == -signal.SIGKILL
    place.report.unlink()
    assert place.rows() in (None, 200_000)


def test_a_run_killed_while_it_writes_its_data_goes_on(tmp_path):
    """The data set that its cells share is half written, in a scratch folder of the run."""
    data = [{"name": "synthetic_web", "params": {"n": 30_000, "d": 32}}]
    file = write_descriptor(tmp_path, datasets=data, seeds={"base": 1, "repetitions": 1})
    ledger = tmp_path / "records.jsonl"
    words = ["run", file, "--group", "ci", "--records", ledger]
    for _ in range(max(1, MOMENTS // 4)):
        ledger.unlink(missing_ok=True)
        process = start(*words)
        assert wait_until_it_writes(process, tmp_path)
        kill(process)
        assert not records(ledger, "cell")
        assert list(tmp_path.glob(".records.jsonl.scratch-*"))
    call(*words)
    assert [cell["status"] for cell in records(ledger, "cell")] == ["done", "done"]
    assert not list(tmp_path.glob(".*.scratch-*"))


def outputs_of(docs, folder):
    """Output -> the command that writes it."""
    ids = folder / "ids-given.parquet"
    select = ["select", "--data", docs, *SELECT]
    call(*select, "--out", ids, "--overwrite")
    ledger = folder / "given.jsonl"
    file = write_descriptor(folder)
    call("run", file, "--group", "ci", "--records", ledger, "--only", "selector=top_k")
    score = ["score", "--data", docs, "--quality", "good", "--ids", ids]
    return {
        "ids": [*select, "--out"],
        "report": [*select, "--out", folder / "ids-beside.parquet", "--overwrite", "--report"],
        "certificate": [*score, "--objective", "pairwise_similarity", "--write-certificate"],
        "table": ["render", ledger, "--out"],
        "plan": ["plan", "--data", docs, *SELECT, "--report"],
        "records": ["run", file, "--group", "ci", "--only", "selector=top_k", "--records"],
    }


OUTPUTS = ["ids", "report", "certificate", "table", "plan", "records"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path, docs, output):
    """No byte fits (a file-size limit); a device that is full."""
    words = outputs_of(docs, tmp_path)[output]
    place = tmp_path / "disk"
    place.mkdir()
    target = place / "output"
    limit = dict(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    done = subprocess.run([PROGRAM, *map(str, words), target], capture_output=True, text=True, timeout=120, **limit)
    assert done.returncode in (1, 2) and "File too large" in done.stderr, done.stderr
    if output == "records":  # an append-only file: nothing of the record is there
        assert target.read_bytes() == b""
    else:
        assert not list(place.iterdir())
    done = subprocess.run([PROGRAM, *map(str, words), "/dev/full"], capture_output=True, text=True, timeout=120)
    assert done.returncode in (1, 2) and "No space left" in done.stderr, done.stderr
    call(*words, target)
    assert target.stat().st_size > 0


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_up_keeps_the_old_answer(small_disk, many):
    ids = small_disk / "ids.parquet"
    few = ["select", "--data", many, *MANY[:-1], 100, "--out", ids]
    call(*few)
    old = ids.read_bytes()
    (small_disk / "ballast").write_bytes(os.urandom(900 << 10))
    _, errors = call("select", "--data", many, *MANY, "--out", ids, code=1)
    assert "No space left" in errors and ids.read_bytes() == old
    assert sorted(file.name for file in small_disk.iterdir()) == ["ballast", "ids.parquet"]


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("how", SIGNALS)
@pytest.mark.parametrize("phase", ["reading", "selecting", "writing"])
def test_a_signal_in_any_phase_leaves_nothing_or_all(tmp_path, docs, many, phase, how):
    place = Place(tmp_path)
    if phase == "reading":
        words = ["select", "--data", "synthetic_web[n=3000000,d=32]", "--selector", "random", "--rows", 10]
    elif phase == "selecting":
        began = tmp_path / "began"
        command = f"external[command=touch {began}; sleep 100; true]"
        words = ["select", "--data", docs, "--quality", "good", "--selector", command, "--rows", 20]
    else:
        words = ["select", "--data", many, *MANY]
    process = place.begin(*words, *place.files)
    if phase == "reading":
        time.sleep(0.3)
    elif phase == "selecting":
        while not began.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
    else:
        assert wait_until_it_writes(process, place.folder)
    process.send_signal(how)
    _, errors = process.communicate(timeout=20)
    rows = place.rows()
    if rows is None:
        assert process.returncode == 1 and "nothing is written" in errors
    else:  # it had all that it wrote: there is no going back
        assert phase == "writing" and process.returncode == 0 and rows == 200_000 and place.report.exists()
    assert place.left() == []


@pytest.mark.parametrize("how", SIGNALS)
def test_a_signal_to_a_run_keeps_whole_records(tmp_path, how):
    file = write_descriptor(tmp_path, seeds={"base": 1, "repetitions": 40})
    ledger = tmp_path / "records.jsonl"
    process = start("run", file, "--group", "ci", "--records", ledger)
    while not ledger.exists() or ledger.read_bytes().count(b'"kind":"cell"') < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1 and "interrupted" in errors
    assert ledger.read_bytes().endswith(b"\n") and 2 <= len(records(ledger, "cell")) < 80
    assert not list(tmp_path.glob(".*.scratch-*"))


def as_jsonl(docs, folder):
    table = pq.read_table(docs, columns=["embedding", "good"])
    path = folder / "docs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    return path


def as_npy(docs, folder):
    path = folder / "features.npy"
    np.save(path, np.stack(pq.read_table(docs)["embedding"].to_numpy()))
    return path


def as_parquet(docs, folder):
    return shutil.copy(docs, folder / "docs.parquet")


@pytest.mark.parametrize("fault", ["grows", "is cut", "is removed", "is another one"])
@pytest.mark.parametrize("make", [as_parquet, as_jsonl, as_npy])
def test_an_input_that_changes_while_rows_are_chosen_is_refused(tmp_path, docs, make, fault):
    """The command that chooses changes it: as surely in the middle as a change can be."""
    path = make(docs, tmp_path)
    place = Place(tmp_path)
    change = {
        "grows": f"echo >> {path}",
        "is cut": f"truncate -s -1 {path}",
        "is removed": f"rm {path}",
        "is another one": f"cp {path} {path}.new; touch -d 2001-01-01 {path}.new; mv {path}.new {path}",
    }[fault]
    answer = tmp_path / "answer.parquet"
    pq.write_table(pa.table({"row": [1, 2, 3]}), answer)
    command = f"external[command={change}; cp {answer} {{output}}]"
    words = ["select", "--data", path, *([] if make is as_npy else ["--quality", "good"]), "--selector", command]
    _, errors = call(*words, "--rows", 3, *place.files, code=2, env=place.environment)
    assert path.name in errors and place.rows() is None and place.left() == []


def test_what_a_killed_command_left_is_removed_by_the_next(tmp_path, docs):
    place = Place(tmp_path)
    began = tmp_path / "began"
    words = ["select", "--data", docs, "--quality", "good", "--rows", 3, *place.files, "--selector"]
    process = place.begin(*words, f"external[command=touch {began}; sleep 100; true]")
    while not began.exists():
        assert process.poll() is None
        time.sleep(0.01)
    kill(process)
    answer = tmp_path / "answer.parquet"
    pq.write_table(pa.table({"row": [1, 2, 3]}), answer)
    call(*words, f"external[command=cp {answer} {{output}}]", env=place.environment)
    assert place.rows() == 3 and place.left() == []


def test_a_long_list_of_zeros_is_refused_by_its_footer(tmp_path, docs):
    """200 million rows in a few kilobytes: select, plan and score say so without unpacking them."""
    zeros = tmp_path / "zeros.parquet"
    batch = pa.table({"row": pa.array(np.zeros(10_000_000, np.int64))})
    with pq.ParquetWriter(zeros, batch.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(batch)
    assert zeros.stat().st_size < MIB
    limit = dict(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)))
    for words in (
        ["select", "--data", docs, *SELECT, "--keep", zeros, "--out", tmp_path / "ids.parquet"],
        ["plan", "--data", docs, *SELECT, "--keep", zeros],
        ["score", "--data", docs, "--quality", "good", "--ids", zeros],
        ["select", "--data", docs, "--quality", "good", "--selector", f"from_ids[file={zeros}]", "--rows", 3,
         "--out", tmp_path / "ids.parquet"],
    ):  # fmt: skip
        _, errors = call(*words, code=2, **limit)
        assert "200000000 rows" in errors and "zeros.parquet" in errors
    assert not (tmp_path / "ids.parquet").exists()
