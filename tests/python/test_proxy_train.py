"""scripts/proxy_train on a tiny corpus made here: what is cut, what is held out, what a probability sums to, records that render."""

import json
import math
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from program import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/proxy_train"
sys.path.insert(0, str(SCRIPT.parent))

from lib.proxy import models, text  # noqa: E402

KENLM = ROOT / ".cache/kenlm/build/bin/lmplz"
JAX = list((ROOT / ".cache/proxy/lib").glob("python3*/site-packages/jax"))
needs_kenlm = pytest.mark.skipif(
    not KENLM.exists(), reason="no lmplz here: scripts/proxy_train builds it on its first run"
)


@pytest.fixture(scope="module")
def proxy():
    loader = SourceFileLoader("proxy_train", str(SCRIPT))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def words(draw, count, low, high):
    return " ".join(f"w{number}" for number in draw.integers(low, high, count))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """200 documents: those with a high edu score use the words of the good ones, the others those of the bad ones."""
    folder, draw = tmp_path_factory.mktemp("corpus"), np.random.default_rng(1)
    rows = draw.standard_normal((200, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    good = np.arange(200) % 2
    text = [words(draw, 60, 0, 30) if one else words(draw, 60, 20, 50) for one in good]
    table = pa.table(
        {
            "id": [f"d{i}" for i in range(200)],
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 8),
            "dclm_proxy": pa.array(draw.random(200), pa.float32()),
            "edu_proxy": pa.array(good + 0.1 * draw.random(200), pa.float32()),
            "wiki_proxy": pa.array(draw.random(200), pa.float32()),
            "length": pa.array([60] * 200, pa.int32()),
            "text": text,
        }
    )
    pq.write_table(table, folder / "web-sample.parquet")
    judged = [{"text": words(draw, 40, 0, 30), "label": 1} for _ in range(8)] + [
        {"text": words(draw, 40, 20, 50), "label": 0} for _ in range(8)
    ]
    (folder / "dclm-human-majority.jsonl").write_text("".join(json.dumps(row) + "\n" for row in judged))
    return folder


def train(corpus, records, *options):
    command = [
        sys.executable,
        SCRIPT,
        "--text",
        corpus,
        "--records",
        records,
        "--build",
        Path(PROGRAM).parent,
        "--words",
        "300",
        "--heldout",
        "200",
        "--vocabulary",
        "60",
        "--steps",
        "50",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True)


def test_without_the_text_it_is_refused(tmp_path):
    done = train(tmp_path, tmp_path / "records.jsonl")
    assert (
        done.returncode == 3 and "no web-sample.parquet there" in done.stderr and "not in the repository" in done.stderr
    )
    assert not (tmp_path / "records.jsonl").exists()


def test_unknown_models_and_sizes_are_the_callers_mistake(corpus, tmp_path):
    for options, message in ((["--models", "gpt"], "--models gpt"), (["--seeds", "0"], "--seeds 0: at least 1")):
        done = train(corpus, tmp_path / "records.jsonl", *options)
        assert done.returncode == 2 and message in done.stderr


def test_words_beyond_the_vocabulary_are_one_word():
    numbering = text.Numbering()
    vocabulary = text.Vocabulary([numbering("b a b"), numbering("c a B")], 4)
    assert vocabulary.size == 4 and vocabulary.encode(numbering("b a c d")).tolist() == [2, 3, text.RARE, text.RARE]
    assert text.words_of("It's 3.5!") == ["it", "'", "s", "3", ".", "5", "!"]


def test_subsets_are_cut_to_equal_words():
    documents = [np.arange(5), np.arange(7), np.arange(3)]
    taken = text.cut(documents, [1, 2, 0], 9)
    assert [len(ids) for ids in taken] == [7, 2]
    assert text.joined(taken).tolist() == [*range(7), text.END, 0, 1, text.END]


def test_what_stands_in_the_pool_is_found():
    draw, numbering = np.random.default_rng(5), text.Numbering()
    pool = [numbering(words(draw, 100, 0, 1000)) for _ in range(20)]
    pool.append(np.concatenate([pool[3][:50], numbering(words(draw, 50, 0, 1000))]))
    shingles = text.Shingles(pool)
    assert shingles.share_in_pool(pool[7]) == 1 and shingles.share_repeated(pool[7]) == 0
    runs = 50 - text.SHINGLE + 1
    assert (
        shingles.share_repeated(pool[3])
        == shingles.share_repeated(pool[20])
        == pytest.approx(runs / (100 - text.SHINGLE + 1))
    )
    other = np.concatenate([numbering(words(draw, 100, 0, 1000)), pool[5][: text.SHINGLE]])  # one run of the pool's
    assert shingles.share_in_pool(other) == pytest.approx(1 / (len(other) - text.SHINGLE + 1))
    assert shingles.share_in_pool(pool[2][::-1]) == 0 and shingles.share_in_pool(np.array([], int)) == 1


def test_what_a_model_has_not_seen_shares_one_probability():
    output = "Total: -3 OOV: 2\nTotal: -1.5 OOV: 0\nPerplexity including OOVs:\t12\n"
    assert models.nats_of(output, 10) == pytest.approx(4.5 * math.log(10) + 2 * math.log(10))


def test_an_interrupted_run_goes_on_at_its_first_missing_seed(proxy, corpus, tmp_path, monkeypatch):
    records, made = tmp_path / "records.jsonl", []

    def one_seed(seed, *_):
        made.append(seed)
        if made == [0, 1]:
            raise KeyboardInterrupt
        return [{"kind": "cell", "key": f"{label} {seed}"} for label in proxy.SELECTORS]

    monkeypatch.setattr(proxy, "one_seed", one_seed)
    monkeypatch.setattr(proxy, "ready", lambda options: [])
    monkeypatch.setattr(proxy, "build_of", lambda *_: {"kind": "build", "commit": "0" * 40, "dirty": False})
    command = [
        "proxy_train",
        "--text",
        str(corpus),
        "--build",
        str(Path(PROGRAM).parent),
        "--seeds",
        "3",
        "--records",
        str(records),
    ]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(KeyboardInterrupt):
        proxy.main()
    assert proxy.main() == 0 and made == [0, 1, 1, 2]
    assert [line["key"] for line in map(json.loads, records.read_text().splitlines()[2:])] == [
        f"{label} {seed}" for seed in range(3) for label in proxy.SELECTORS
    ]
    monkeypatch.setattr(sys, "argv", [*command, "--words", "7"])  # another plan: from the start
    made.clear()
    made.append("other")
    assert proxy.main() == 0 and made == ["other", 0, 1, 2]


@needs_kenlm
def test_the_ngram_is_a_distribution_over_the_vocabulary(tmp_path):
    draw = np.random.default_rng(3)
    seen, vocabulary = 20, 30  # ids 1 is the end of a document; 10 - 1 ids are never seen
    documents = [np.concatenate([np.array([0]), draw.integers(2, seen + 1, 50)]).astype(np.int32) for _ in range(20)]
    assert len(np.unique(np.concatenate(documents))) == seen
    total = 0.0
    for word in [0, *range(2, vocabulary)]:
        losses = models.kneser_ney(
            {"all": documents}, {"with": [np.array([word])]}, {"vocabulary": vocabulary}, tmp_path
        )
        # P(word, end) is known; P(word) needs P(end | word) apart: taken out through the model's own text form.
        total += math.exp(-2 * losses["all"]["with"] - end_given(tmp_path / "model.arpa", word))
    total += math.exp(end_given(tmp_path / "model.arpa", None))
    assert total == pytest.approx(1, abs=2e-4)


def end_given(arpa, word):
    """ln P(end | begin, word), or ln P(end | begin) where there is no word."""
    command = [models.KENLM_AT / "build/bin/query", "-v", "word", arpa]
    done = subprocess.run(
        command, input=("" if word is None else str(word)) + "\n", capture_output=True, text=True, check=True
    )
    last = done.stdout.split("</s>=")[1].split()
    return float(last[2]) * math.log(10)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param("kneser_ney", marks=needs_kenlm),
        pytest.param(
            "transformer",
            marks=pytest.mark.skipif(
                not JAX, reason="no JAX in .cache/proxy: scripts/proxy_train installs it on its first run"
            ),
        ),
    ],
)
def test_a_tiny_corpus_end_to_end(corpus, tmp_path, model, proxy):
    records = tmp_path / "records.jsonl"
    done = train(corpus, records, "--seeds", "2", "--models", model)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    cells = [line for line in lines if line["kind"] == "cell"]
    assert len(cells) == 2 * len(proxy.SELECTORS)
    for cell in cells:
        assert cell["metrics"]["words"] == 300 and cell["ids"]["count"] <= 19
        assert ("dclm_proxy" in " ".join(cell["warnings"])) == any(
            name in cell["key"] for name in ("(dclm)", "(all scores)")
        )
        assert "{" not in cell["selector"]
    for seed in (0, 1):  # words of the good documents make them likely, those of the bad ones the others
        of = {cell["key"]: cell["metrics"] for cell in cells if cell["seed"] == seed}
        edu = of[f"proxy.quick | web_sample | top_k (edu) | r{seed}"]
        random = of[f"proxy.quick | web_sample | random | r{seed}"]
        if model == "kneser_ney":
            assert (
                edu["kneser_ney.good"] < random["kneser_ney.good"] and edu["kneser_ney.bad"] > random["kneser_ney.bad"]
            )
        assert all(0 < loss < 20 for name, loss in edu.items() if "." in name)
    rendered = subprocess.run([PROGRAM, "render", records], capture_output=True, text=True)
    assert rendered.returncode == 0, rendered.stderr
    assert "dclm_proxy, which was trained on" in rendered.stdout and "| random |" in rendered.stdout
    again = tmp_path / "again.jsonl"
    train(corpus, again, "--seeds", "2", "--models", model)
    assert again.read_text() == records.read_text()
