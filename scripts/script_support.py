"""What the data scripts share: environment, errors and exit codes, progress, digests, files written whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def use_environment() -> None:
    """Starts the script again in the repository's .venv, unless it runs in a virtual environment already."""
    python = ROOT / ".venv" / "bin" / "python"
    if sys.prefix == sys.base_prefix and python.exists():
        os.execv(python, [str(python), *sys.argv])


class UserError(Exception):
    """The caller's mistake: what was given, where, what is allowed. Exit code 2."""


class Failure(Exception):
    """What was asked is fine but could not be done: network, disk, digest. Exit code 1."""


def run(main) -> None:
    """Calls main() and exits as it ended: 0 done, 1 failed, 2 the caller's mistake, 130 Ctrl-C."""
    name = Path(sys.argv[0]).name
    try:
        sys.exit(main())
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)
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
