"""What the data scripts share: environment, errors and exit codes, progress, digests, files written whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The numbers of notes behind a word of a rendered table: `refused [1, 12]`; the end of an interval has three digits or is 0.
NOTE_MARK = r"\[([1-9]\d?(?:, [1-9]\d?)*)\]"


def use_environment() -> None:
    """Starts the script again in the repository's .venv, unless it runs in a virtual environment already."""
    python = ROOT / ".venv" / "bin" / "python"
    if sys.prefix == sys.base_prefix and python.exists():
        os.execv(python, [str(python), *sys.argv])


class UserError(Exception):
    """The caller's mistake: what was given, where, what is allowed. Exit code 2."""


class Failure(Exception):
    """What was asked is fine but could not be done: network, disk, digest. Exit code 1."""


class Absent(Exception):
    """What was asked is fine, but this machine lacks what it needs: the text says what, and how to get it. Exit code 3."""


def run(main) -> None:
    """Calls main() and exits as it ended: 0 done, 1 failed, 2 the caller's mistake, 3 not possible on this machine, 130 Ctrl-C."""
    name = Path(sys.argv[0]).name
    try:
        sys.exit(main())
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)
    except Absent as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(3)
    except (Failure, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(130)


class Progress:
    """A bar with the time left on a terminal, a plain line every ten seconds elsewhere; both on stderr."""

    def __init__(self, label: str, total: int, unit: str, done: int = 0, scale: bool = False):
        self.label, self.total, self.unit, self.done = label, total, unit, done
        self.started, self.first = time.monotonic(), done
        self.printed = self.started
        self.bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            width, height = shutil.get_terminal_size()  # 80 x 24 where the terminal does not say
            shape = {"ncols": width, "nrows": height, "unit_scale": scale, "unit_divisor": 1000}
            self.bar = tqdm(desc=label, total=total, initial=done, unit=unit, **shape)

    def advance(self, amount: int) -> None:
        self.done += amount
        if self.bar is not None:
            self.bar.update(amount)
        elif time.monotonic() - self.printed >= 10:
            self.printed = time.monotonic()
            rate = (self.done - self.first) / (self.printed - self.started)
            left = f", {(self.total - self.done) / rate:.0f} s left" if rate > 0 else ""
            print(f"{self.label}: {self.done} of {self.total} {self.unit}{left}", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        else:
            print(f"{self.label}: {self.done} of {self.total} {self.unit}", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def written_whole(path: Path):
    """Gives a path beside `path` to write to, renamed when the block ends well; else nothing is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def only_one(lock: Path, what: str):
    """Holds the file `lock` for the block; UserError where another process holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"another process is writing {what}") from None
        yield


# What follows is for programs that run beside ours: compare_numpy, compare_peers.

PEERS = ROOT / ".cache/peers"
PEERS_REQUIREMENTS = ROOT / "scripts/peers_requirements.txt"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


def install_peers(limit: float = 900) -> dict[str, str | None]:
    """name==version -> why it cannot be used here, or None. Each is installed by itself, once, in .cache/peers."""
    wanted = PEERS_REQUIREMENTS.read_text().partition("# what those need")[0].splitlines()
    stamp, digest = PEERS / "installed.json", sha256_file(PEERS_REQUIREMENTS)
    if stamp.exists() and (known := json.loads(stamp.read_text()))["requirements"] == digest:
        return known["refused"]
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS], check=True)
    pip = [PEERS / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    refused = {}
    for name in (line for line in wanted if line and not line.startswith("#")):
        print(f"installing {name}", file=sys.stderr, flush=True)
        done = run_limited([*pip, "--constraint", PEERS_REQUIREMENTS, name], limit)
        why = {"done": None, "timeout": f"pip did not end in {limit:.0f} s"}
        refused[name] = why.get(done["status"], last_words(done) or f"pip ended with code {done['code']}")
    stamp.write_text(json.dumps({"requirements": digest, "refused": refused}))
    return refused


def last_words(done: dict) -> str:
    """The last line of what a run of run_limited() printed as errors; "" where it died without a word."""
    return done["errors"].strip().split("\n")[-1].strip()


def run_limited(command, seconds: float, memory: int | None = None, environment=None) -> dict:
    """Runs a command in a process group of its own and kills the group after `seconds`. `memory`: bytes of private memory
    that it may ask for. Gives status (done, failed, timeout), output, errors, seconds and peak_bytes (its own, by wait4)."""

    def narrow():
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment,
            start_new_session=True,
            preexec_fn=narrow,
        )
        status, ended = None, False
        try:
            while not ended:
                pid, code, usage = os.wait4(child.pid, os.WNOHANG)
                ended = pid != 0
                if not ended and time.monotonic() - start > seconds and status is None:
                    status = "timeout"
                    os.killpg(child.pid, signal.SIGKILL)
                time.sleep(0 if ended else 0.002)
        finally:
            if not ended:
                os.killpg(child.pid, signal.SIGKILL)
        child.returncode = os.waitstatus_to_exitcode(code)
        took = time.monotonic() - start
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return {
        "status": status or ("done" if child.returncode == 0 else "failed"),
        "code": child.returncode,
        "seconds": took,
        "peak_bytes": usage.ru_maxrss * 1024,
        "output": texts[0],
        "errors": texts[1],
    }


class Server:
    """A program that says `ready`, then answers each line with one; each within `limit` seconds."""

    def __init__(self, command, limit: float):
        self.limit = limit
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.read() != "ready":
            raise Failure(f"{command[0]} did not start")

    def read(self):
        if not select.select([self.process.stdout], [], [], self.limit)[0]:
            self.process.kill()
            self.process.wait()
            raise Failure(f"{self.process.args[0]} gave no answer in {self.limit:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.process.args[0]} ended with code {self.process.wait()}")
        return line.strip()

    def ask(self):
        print(file=self.process.stdin, flush=True)
        return json.loads(self.read())

    def close(self):
        self.process.communicate()
