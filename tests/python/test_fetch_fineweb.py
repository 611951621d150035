"""scripts/fetch_fineweb against a small server on this machine that speaks what it calls of the hub's API."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "HuggingFaceFW/fineweb"
DUMP = "CC-MAIN-2024-10"
FIRST, SECOND = (f"data/{DUMP}/{number:03d}_00000.parquet" for number in (0, 1))


class Hub(ThreadingHTTPServer):
    """Files of one repository; its faults are set by the tests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {
            FIRST: bytes(range(256)) * 1200,
            SECOND: b"second shard" * 9000,
            "data/CC-MAIN-2013-20/000_00000.parquet": b"old crawl",
            "sample/10BT/000_00000.parquet": b"a sample",
        }
        self.announced = {}  # path -> bytes that the listing claims
        self.cut = []  # a fault a download: bytes after which the connection ends, or a status
        self.flip = False  # one byte of every download is wrong
        self.ranges = True  # Range is understood
        self.downloads = []  # (path, value of Range or None)

    def entry(self, path: str) -> dict:
        content = self.files[path]
        size = self.announced.get(path, len(content))
        digest = hashlib.sha256(content).hexdigest()
        lfs = {"oid": digest, "size": size, "pointerSize": 130}
        return {"type": "file", "path": path, "size": size, "oid": digest[:40], "lfs": lfs}


class Answer(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status: int, body: bytes, headers: dict | None = None):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def json(self, content, status: int = 200, headers: dict | None = None):
        self.reply(status, json.dumps(content).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        api, resolve = f"/api/datasets/{REPOSITORY}", f"/datasets/{REPOSITORY}/resolve/{COMMIT}/"
        if path in (f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
            self.json({"id": REPOSITORY, "sha": COMMIT})
        elif path.startswith(f"{api}/revision/"):
            self.json({"error": "Invalid rev id"}, 404, {"X-Error-Code": "RevisionNotFound"})
        elif path.startswith(f"{api}/tree/{COMMIT}/"):
            self.tree(path.removeprefix(f"{api}/tree/{COMMIT}/"))
        elif path.startswith(resolve) and path.removeprefix(resolve) in self.server.files:
            self.download(path.removeprefix(resolve))
        else:
            self.json({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})

    def tree(self, folder: str):
        below = {path: path.removeprefix(f"{folder}/") for path in self.server.files if path.startswith(f"{folder}/")}
        folders = sorted({rest.partition("/")[0] for rest in below.values() if "/" in rest})
        entries = [{"type": "directory", "path": f"{folder}/{name}", "oid": "0" * 40, "size": 0} for name in folders]
        self.json(entries + [self.server.entry(path) for path, rest in below.items() if "/" not in rest])

    def download(self, path: str):
        server, content = self.server, bytearray(self.server.files[path])
        asked = self.headers.get("Range")
        server.downloads.append((path, asked))
        if server.flip:
            content[len(content) // 2] ^= 1
        first = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and server.ranges else 0
        body = bytes(content[first:])
        headers = {"ETag": '"e"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(body))}
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        fault = server.cut.pop(0) if server.cut else None
        if isinstance(fault, str):
            self.json({"error": "not now"}, int(fault))
        elif fault is not None:
            self.reply(206 if first else 200, body[:fault], headers)
            self.close_connection = True  # Content-Length promised more
        else:
            self.reply(206 if first else 200, body, headers)


@pytest.fixture
def hub():
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def fetch(hub, tmp_path):
    def call(*arguments, dump=DUMP):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {
            "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_OFFLINE": "0",
        }
        command = [sys.executable, ROOT / "scripts" / "fetch_fineweb", "--out", tmp_path / "out", *arguments]
        command += ["--dump", dump] if dump else []
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return call


def left_over(folder: Path) -> list[str]:
    """What lies in the folder besides shards, manifest and lock."""
    kept = {".parquet", ".json", ""}
    return [path.name for path in folder.rglob("*") if path.is_file() and path.suffix not in kept]


def test_fetches_all_and_then_nothing(hub, fetch, tmp_path):
    done = fetch("--shards", "all")
    assert done.returncode == 0, done.stderr
    for path in (FIRST, SECOND):
        assert (tmp_path / "out" / path).read_bytes() == hub.files[path]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["repository"] == REPOSITORY
    assert manifest["files"] == [
        {
            "file": path,
            "bytes": len(hub.files[path]),
            "sha256": hashlib.sha256(hub.files[path]).hexdigest(),
            "revision": COMMIT,
        }
        for path in (FIRST, SECOND)
    ]
    assert left_over(tmp_path / "out") == []
    assert "\r" not in done.stderr  # plain lines where there is no terminal

    again = fetch("--shards", "all")
    assert again.returncode == 0, again.stderr
    assert "2 already here" in again.stdout
    assert len(hub.downloads) == 2


def test_first_shards_only(hub, fetch):
    assert fetch("--shards", "1").returncode == 0
    assert hub.downloads == [(FIRST, None)]
    assert fetch("--shards", "3").returncode == 2


def test_a_finished_file_that_changed_is_fetched_again(hub, fetch, tmp_path):
    assert fetch().returncode == 0
    shard = tmp_path / "out" / FIRST
    shard.write_bytes(bytes(len(hub.files[FIRST])))
    assert fetch().returncode == 0 and len(hub.downloads) == 1  # the same size: trusted
    assert fetch("--verify").returncode == 0
    assert len(hub.downloads) == 2 and shard.read_bytes() == hub.files[FIRST]


def test_a_dropped_connection_goes_on_where_it_ended(hub, fetch, tmp_path):
    hub.cut = [100_000]
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert hub.downloads == [(FIRST, None), (FIRST, "bytes=100000-")]
    assert (tmp_path / "out" / FIRST).read_bytes() == hub.files[FIRST]


def test_a_later_run_goes_on_where_the_last_ended(hub, fetch, tmp_path):
    hub.cut = [100_000, "503"]
    broken = fetch("--retries", "0")
    assert broken.returncode == 1
    assert FIRST in broken.stderr and "run the command again" in broken.stderr
    assert not (tmp_path / "out" / FIRST).exists()
    assert fetch().returncode == 0
    assert hub.downloads[-1] == (FIRST, "bytes=100000-")
    assert (tmp_path / "out" / FIRST).read_bytes() == hub.files[FIRST]
    assert left_over(tmp_path / "out") == []


def test_a_server_without_ranges_gives_the_whole_file_again(hub, fetch, tmp_path):
    hub.cut, hub.ranges = [100_000], False
    assert fetch().returncode == 0
    assert (tmp_path / "out" / FIRST).read_bytes() == hub.files[FIRST]


def test_a_wrong_byte_is_found_and_not_kept(hub, fetch, tmp_path):
    hub.flip = True
    broken = fetch()
    assert broken.returncode == 1
    assert "sha256" in broken.stderr and FIRST in broken.stderr
    assert not (tmp_path / "out" / FIRST).exists() and left_over(tmp_path / "out") == []
    hub.flip = False
    assert fetch().returncode == 0
    assert hub.downloads[-1] == (FIRST, None)  # nothing of the wrong bytes is taken up


def test_too_little_space_is_told_before_fetching(hub, fetch):
    hub.announced[FIRST] = 10**18
    broken = fetch()
    assert broken.returncode == 1 and "free" in broken.stderr
    assert hub.downloads == []


def test_the_callers_mistakes(hub, fetch):
    unknown = fetch(dump="CC-MAIN-2024-11")
    assert unknown.returncode == 2 and DUMP in unknown.stderr
    revision = fetch("--revision", "nowhere")
    assert revision.returncode == 2 and "nowhere" in revision.stderr
    repository = fetch("--repo", "nobody/nothing")
    assert repository.returncode == 2 and "nobody/nothing" in repository.stderr
    assert fetch("--shards", "0").returncode == 2
    assert fetch(dump=None).returncode == 2
    assert hub.downloads == []


def test_lists_dumps(fetch):
    listed = fetch("--list", dump=None)
    assert listed.stdout.split() == ["CC-MAIN-2013-20", DUMP, "sample/10BT"]
