"""What a command writes never takes the place of what it reads, of its other output, or of a file that is not its own kind."""

import json
import os
import pathlib
import stat
import subprocess
import threading

import pyarrow.parquet as pq
import pytest
from program import PROGRAM, ROOT, call
from tables import write_table
from tiny_descriptor import write_descriptor

SELECT = ["--quality", "good", "--selector", "top_k", "--rows", 20]


@pytest.fixture
def docs(tmp_path):
    return write_table(tmp_path)


def select(docs, *more, code=0, **options):
    return call("select", "--data", docs, *SELECT, *more, code=code, **options)


@pytest.fixture
def answer(docs, tmp_path):
    select(docs, "--out", tmp_path / "ids.parquet", "--report", tmp_path / "report.json")
    return tmp_path / "ids.parquet"


@pytest.fixture
def ledger(tmp_path):
    call(
        "run",
        write_descriptor(tmp_path),
        "--group",
        "ci",
        "--records",
        tmp_path / "records.jsonl",
        "--only",
        "selector=top_k",
    )
    return tmp_path / "records.jsonl"


def spelled(path, way):
    """Another name of the same file."""
    other = path.parent / f"other-{way}"
    if way == "same":
        return path
    if way == "dots":
        return f"{path.parent}/./../{path.parent.name}/{path.name}"
    if way == "link":
        other.symlink_to(path)
    elif way == "relative link":
        other.symlink_to(path.name)
    elif way == "hard link":
        other.hardlink_to(path)
    return other


@pytest.mark.parametrize("way", ["same", "dots", "link", "relative link", "hard link"])
@pytest.mark.parametrize("option", ["--out", "--report"])
def test_the_input_is_never_an_output(docs, tmp_path, way, option):
    before = docs.read_bytes()
    outs = {"--out": tmp_path / "o.parquet", "--report": tmp_path / "r.json"} | {option: spelled(docs, way)}
    for overwrite in ([], ["--overwrite"]):
        _, errors = select(docs, *[word for pair in outs.items() for word in pair], *overwrite, code=2)
        assert option in errors and "is read" in errors and "--data" in errors
    assert docs.read_bytes() == before and not (tmp_path / "o.parquet").exists() and not (tmp_path / "r.json").exists()


def inputs(docs, answer):
    """Each further input of a command, as `option: its words`, and the file that it names."""
    folder = docs.parent
    (folder / "quota.json").write_text('{"0": 0.5}')
    targets = write_table(folder, rows=10, name="targets.parquet")
    return {
        "--keep": (["--keep", answer], answer),
        "--quota": (["--label", "topic", "--quota", f"topic={folder / 'quota.json'}"], folder / "quota.json"),
        "--related": (["--related", f"targets={targets}"], targets),
        "--selector": (["--selector", f"from_ids[file={answer}]"], answer),
    }


@pytest.mark.parametrize("option", ["--keep", "--quota", "--related", "--selector"])
def test_a_file_that_any_option_reads_is_no_output(docs, answer, tmp_path, option):
    words, file = inputs(docs, answer)[option]
    before = file.read_bytes()
    common = [word for word in SELECT if option != "--selector" or word not in ("--selector", "top_k")]
    for command, out in (("select", "--out"), ("select", "--report"), ("plan", "--report")):
        outs = {"--out": tmp_path / "o.parquet"} | {out: file}
        _, errors = call(
            command, "--data", docs, *common, *words, *[w for pair in outs.items() for w in pair], "--overwrite", code=2
        )
        assert "is read" in errors and option in errors, errors
        assert file.read_bytes() == before and not (tmp_path / "o.parquet").exists()


def test_score_render_and_check_read_what_they_do_not_write(docs, answer, ledger, tmp_path):
    baseline = tmp_path / "baseline.jsonl"
    baseline.write_text('{"case":"a"}\n')
    for file, words in (
        (docs, ["score", "--data", docs, "--quality", "good", "--ids", answer, "--write-certificate", docs]),
        (answer, ["score", "--data", docs, "--quality", "good", "--ids", answer, "--write-certificate", answer]),
        (ledger, ["render", ledger, "--out", ledger]),
        (ledger, ["render", ledger, "--format", "csv", "--out", spelled(ledger, "hard link")]),
        (baseline, ["check", "values", "--only", "top_k", "--baseline", baseline, "--junit", baseline]),
    ):
        before = file.read_bytes()
        _, errors = call(*words, "--overwrite", code=2)
        assert "is read" in errors and file.read_bytes() == before


def test_claims_are_not_written_over_what_they_are_judged_by(tmp_path):
    claims = tmp_path / "claims.json"
    claims.write_bytes((ROOT / "paper/claims.json").read_bytes())
    current = tmp_path / "claims-evidence.md"  # where the second page would go
    current.write_bytes((ROOT / "results/runs/current.json").read_bytes())
    for words in (["--claims", claims, "--out", claims], ["--current", current, "--out", tmp_path / "claims.md"]):
        before = claims.read_bytes(), current.read_bytes()
        _, errors = call("claims", *words, "--overwrite", code=2)
        assert "is read" in errors and (claims.read_bytes(), current.read_bytes()) == before
    assert not (tmp_path / "claims.md").exists()


def test_two_outputs_are_two_files(docs, tmp_path):
    (tmp_path / "link").symlink_to("x")
    for out, report in (("x", "x"), ("x", "./x"), ("x", "link"), ("link", f"../{tmp_path.name}/x")):
        _, errors = select(docs, "--out", out, "--report", report, code=2, cwd=tmp_path)
        assert "the same file as --out" in errors and not (tmp_path / "x").exists()


def test_a_file_of_another_kind_is_replaced_only_when_told(docs, answer, ledger, tmp_path):
    """Whatever is not the output of this very option stays, a corpus and another JSON file too."""
    corpus = write_table(tmp_path, rows=30, name="corpus.parquet")
    others = {
        "notes.txt": b"my notes\n",
        "config.json": b'{"objective": "joint"}',
        "list.json": b"[1, 2, 3]",
        "broken.json": b'{"a": ',
        "corpus2.parquet": corpus.read_bytes(),
        "magic.parquet": b"PAR1 and nothing else",
        "ids2.parquet": answer.read_bytes(),
        "report2.json": (tmp_path / "report.json").read_bytes(),
        "records2.jsonl": ledger.read_bytes(),
        "table.md": call("render", ledger)[0].encode(),
    }
    commands = {
        "--out": ["select", "--data", docs, *SELECT, "--out"],
        "--report": ["select", "--data", docs, *SELECT, "--out", tmp_path / "fresh.parquet", "--report"],
        "plan": ["plan", "--data", docs, *SELECT, "--report"],
        "--write-certificate": ["score", "--data", docs, "--quality", "good", "--ids", answer, "--write-certificate"],
        "render": ["render", ledger, "--out"],
        "csv": ["render", ledger, "--format", "csv", "--out"],
        "claims": ["claims", "--out"],
    }
    own = {"--out": ["ids2.parquet"], "--report": ["report2.json"], "render": ["table.md"], "csv": ["table.md"]}
    for name, words in commands.items():
        for file, content in others.items():
            path = tmp_path / file
            path.write_bytes(content)
            if file in own.get(name, []):
                call(*words, path)
                continue
            _, errors = call(*words, path, code=2)
            assert "--overwrite" in errors and path.name in errors and path.read_bytes() == content, (name, file)
        path = tmp_path / "notes.txt"
        call(*words, path, "--overwrite")
        once = path.read_bytes()
        assert once != others["notes.txt"], name
        call(*words, path)  # its own kind now
        (tmp_path / "empty").write_bytes(b"")
        call(*words, tmp_path / "empty")


def test_a_folder_and_a_missing_folder_are_refused_before_anything_is_read(tmp_path):
    (tmp_path / "folder").mkdir()
    for out, words in ((tmp_path / "folder", "a folder"), (tmp_path / "none" / "x", "No such file")):
        _, errors = call("select", "--data", tmp_path / "missing.parquet", "--rows", 3, "--out", out, code=2)
        assert words in errors and "missing.parquet" not in errors


def test_links_stay_and_their_targets_are_replaced(docs, answer, tmp_path):
    (tmp_path / "deep").mkdir()
    report, link = tmp_path / "deep" / "report.json", tmp_path / "link.json"
    report.write_bytes((tmp_path / "report.json").read_bytes())
    os.chmod(report, 0o640)
    link.symlink_to("deep/report.json")
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "deep" / "ids.parquet")
    select(docs, "--out", dangling, "--report", link, "--seed", 7)
    assert link.is_symlink() and dangling.is_symlink() and json.loads(report.read_text())["seed"] == 7
    assert stat.S_IMODE(report.stat().st_mode) == 0o640
    assert pq.read_table(tmp_path / "deep" / "ids.parquet").num_rows == 20


def test_pipes_devices_and_standard_output_are_written_through(docs, answer, tmp_path):
    want = pq.read_table(answer)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    select(docs, "--out", pipe, "--report", "/dev/null")
    reader.join(60)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and stat.S_ISCHR(os.stat("/dev/null").st_mode)
    (tmp_path / "through").write_bytes(got[0])
    assert pq.read_table(tmp_path / "through").equals(want)

    for out in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        words = [PROGRAM, "select", "--data", docs, *SELECT, "--out", out]
        done = subprocess.run(list(map(str, words)), capture_output=True, timeout=60)
        (tmp_path / "piped").write_bytes(done.stdout)
        assert done.returncode == 0 and pq.read_table(tmp_path / "piped").equals(want)
        with open(tmp_path / "redirected", "w") as file:
            subprocess.run(list(map(str, words)), stdout=file, stderr=subprocess.DEVNULL, timeout=60, check=True)
        assert pq.read_table(tmp_path / "redirected").equals(want)


@pytest.mark.skipif(os.geteuid() != 0, reason="mknod needs root")
def test_a_device_of_any_name_stays_one(docs, tmp_path):
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    select(docs, "--out", tmp_path / "ids.parquet", "--report", null)
    assert stat.S_ISCHR(null.stat().st_mode)


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_records_are_known_by_their_first_line(tmp_path, fresh):
    """A file that run did not begin is neither cut nor emptied, with a line's end or without."""
    file = write_descriptor(tmp_path)
    for content in (
        b"notes without an end",
        b"a\nb\n",
        b"PAR1",
        b'{\n  "schema": 1\n}\n',
        b'{"case":"x"}\n',
        b"\xff\xfe\x00",
    ):
        notes = tmp_path / "notes.txt"
        notes.write_bytes(content)
        _, errors = call("run", file, "--group", "ci", "--records", notes, *fresh, code=2)
        assert "left as it is" in errors and notes.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", file.name]
    _, errors = call("run", file, "--group", "ci", "--records", file, *fresh, code=2)
    assert "left as it is" in errors


def test_a_users_folder_beside_the_records_stays(tmp_path):
    folder = tmp_path / ".r.jsonl.scratch"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years")
    for _ in range(2):
        call(
            "run",
            write_descriptor(tmp_path),
            "--group",
            "ci",
            "--records",
            tmp_path / "r.jsonl",
            "--fresh",
            "--only",
            "selector=top_k",
        )
    assert (folder / "thesis.txt").read_text() == "years"
    assert not list(tmp_path.glob(".r.jsonl.scratch-*"))


def closed(words, *descriptors, **options):
    def close():
        for number in descriptors:
            os.close(number)

    return subprocess.run(list(map(str, words)), preexec_fn=close, timeout=120, **options)


@pytest.mark.parametrize("descriptors", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams_change_no_file_and_no_exit_code(docs, tmp_path, descriptors):
    ids, ledger = tmp_path / "ids.parquet", tmp_path / "records.jsonl"
    assert closed([PROGRAM, "select", "--data", docs, *SELECT, "--out", ids], *descriptors).returncode == 0
    assert pq.read_table(ids).num_rows == 20
    run = [PROGRAM, "run", write_descriptor(tmp_path), "--group", "ci", "--records", ledger]
    assert closed(run, *descriptors).returncode == 0
    for line in ledger.read_text().splitlines():
        json.loads(line)


def test_standard_output_on_a_full_disk_is_a_failure(docs, answer, ledger):
    for words in (
        ["score", "--data", docs, "--quality", "good", "--ids", answer],
        ["score", "--data", docs, "--quality", "good", "--ids", answer, "--json"],
        ["render", ledger],
        ["plan", "--data", docs, *SELECT],
        ["list", "selectors"],
        ["--help"],
        ["select", "--help"],
        ["--version"],
    ):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, *map(str, words)], stdout=full, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 1 and b"standard output" in done.stderr, words


def test_a_file_size_limit_is_an_error_and_leaves_nothing(docs, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    command = f"ulimit -f 1; exec {PROGRAM} select --data {docs} --quality good --selector top_k --rows 180 --out {folder}/ids.parquet"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "File too large" in done.stderr and not list(folder.iterdir())


def test_dump_writes_into_a_folder_of_its_own(tmp_path):
    (tmp_path / "features.npy").write_text("mine")
    _, errors = call("dump", "synthetic_web[n=20,d=4]", "--out", tmp_path, code=2)
    assert "--overwrite" in errors and (tmp_path / "features.npy").read_text() == "mine"
    call("dump", "synthetic_web[n=20,d=4]", "--out", tmp_path / "new")
    assert pathlib.Path(tmp_path / "new" / "features.npy").stat().st_size > 80
