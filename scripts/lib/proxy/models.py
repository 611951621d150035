"""The models of scripts/proxy_train, each trained on every subset: {subset: documents}, {text: documents} -> {subset: {text: nats a
word}}, the end of a document being one more word."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys

import numpy as np
from lib.proxy.text import joined
from lib.script_support import ROOT, Failure, run_limited, sha256_file

KENLM = "kenlm==0.3.0"
KENLM_AT = ROOT / ".cache/kenlm"
KENLM_FROM = "scripts/bootstrap --with proxy"
JAX_AT, JAX_FROM = ROOT / ".cache/proxy", ROOT / "scripts/proxy_requirements.txt"
ORDER = 3
NAMES = {"kneser_ney": "3-gram", "transformer": "transformer"}


def build_kenlm():
    """The folder with lmplz and query, built once from PyPI's source of KenLM; Failure where they cannot be built."""
    programs = KENLM_AT / "build/bin"
    if (programs / "lmplz").exists() and (programs / "query").exists():
        return programs
    print(f"building lmplz of {KENLM}, once", file=sys.stderr, flush=True)
    if os.geteuid() == 0:
        subprocess.run([ROOT / "scripts/bootstrap", "--with", "proxy"], check=False)
    shutil.rmtree(KENLM_AT, ignore_errors=True)
    KENLM_AT.mkdir(parents=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary",
        "kenlm",
        "--dest",
        KENLM_AT,
        KENLM,
    ]
    steps = [
        pip,
        ["tar", "xzf", KENLM_AT / (KENLM.replace("==", "-") + ".tar.gz"), "-C", KENLM_AT, "--strip-components=1"],
        [
            "cmake",
            "-S",
            KENLM_AT,
            "-B",
            KENLM_AT / "build",
            "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_POLICY_VERSION_MINIMUM=3.5",
        ],
        ["cmake", "--build", KENLM_AT / "build", "--parallel", "2", "--target", "lmplz", "query"],
    ]
    for step in steps:
        done = run_limited(step, 1800)
        if done["status"] != "done":
            missing = (
                f"; it needs the packages that {KENLM_FROM} installs"
                if "Boost" in done["errors"] + done["output"]
                else ""
            )
            raise Failure(f"{KENLM}: {step[0]} {done['status']}{missing}\n{done['errors'].strip()[-1000:]}")
    return programs


def kneser_ney(subsets, heldout, job, folder):
    """Interpolated modified Kneser-Ney by KenLM (Heafield and others, ACL 2013)."""
    programs = build_kenlm()
    losses = {}
    for name, documents in subsets.items():
        losses[name] = {}
        model = folder / "model.arpa"
        text = "\n".join(" ".join(map(str, ids)) for ids in documents) + "\n"
        done = subprocess.run(
            [
                programs / "lmplz",
                "--order",
                str(ORDER),
                "--discount_fallback",
                "--skip_symbols",
                "-S",
                "512M",
                "-T",
                folder / "sort",
                "--arpa",
                model,
            ],
            input=text,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise Failure("lmplz: " + done.stderr.strip().rpartition("\n")[2])
        seen = len(np.unique(np.concatenate(documents)))
        unseen = job["vocabulary"] - 1 - seen  # of the words without `end`; lmplz has one probability for all of them
        for label, texts in heldout.items():
            lines = "\n".join(" ".join(map(str, ids)) for ids in texts) + "\n"
            done = subprocess.run(
                [programs / "query", "-v", "sentence", model], input=lines, capture_output=True, text=True, check=True
            )
            losses[name][label] = nats_of(done.stdout, unseen) / sum(len(ids) + 1 for ids in texts)
    return losses


def nats_of(output, unseen):
    """Of query's lines "Total: LOG10 OOV: COUNT", the probability of what was not seen split evenly among all such words."""
    found = re.findall(r"Total: (\S+) OOV: (\d+)", output)
    logs, unknown = sum(float(total) for total, _ in found), sum(int(count) for _, count in found)
    return -logs * math.log(10) + unknown * math.log(max(1, unseen))


def install_jax():
    """JAX in an environment of its own, once; Failure where it cannot be installed."""
    stamp, wanted = JAX_AT / "requirements.sha256", sha256_file(JAX_FROM)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("installing JAX, once (some 100 MB)", file=sys.stderr, flush=True)
    for step in (
        [sys.executable, "-m", "venv", "--clear", JAX_AT],
        [
            JAX_AT / "bin/pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--requirement",
            JAX_FROM,
        ],
    ):
        done = run_limited(step, 900)
        if done["status"] != "done":
            raise Failure(f"{JAX_FROM.name}: {done['status']}: " + done["errors"].strip().rpartition("\n")[2])
    stamp.write_text(wanted)


def transformer(subsets, heldout, job, folder):
    files = {}
    for kind, group in (("subset", subsets), ("heldout", heldout)):
        for number, (name, documents) in enumerate(group.items()):
            files.setdefault(kind, {})[name] = str(folder / f"{kind}{number}.npy")
            np.save(files[kind][name], joined(documents))
    (folder / "job.json").write_text(json.dumps(job | {"subsets": files["subset"], "heldout": files["heldout"]}))
    done = run_limited(
        [JAX_AT / "bin/python", ROOT / "scripts/lib/proxy/transformer.py", folder / "job.json"],
        7200,
        environment=os.environ | {"JAX_PLATFORMS": "cpu"},
    )
    if done["status"] != "done":
        raise Failure("transformer: " + (done["errors"].strip().rpartition("\n")[2] or done["status"]))
    return json.loads(done["output"])["losses"]


# model: what makes it ready, with Failure where it cannot be had; how it is trained and scored
MODELS = {"kneser_ney": (build_kenlm, kneser_ney), "transformer": (install_jax, transformer)}


def version_of(model):
    if model == "kneser_ney":
        return {"kenlm": KENLM.partition("==")[2]}
    return {"jax": re.search(r"^jax==(\S+)", JAX_FROM.read_text(), re.MULTILINE)[1]}
