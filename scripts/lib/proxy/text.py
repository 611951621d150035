"""Text for scripts/proxy_train: words as numbers, equal amounts of them, and what is too like the text that models are tested on."""

from __future__ import annotations

import re

import numpy as np

WORD = re.compile(r"\w+|[^\w\s]")
RARE, END = 0, 1  # ids; words have those after them
SHINGLE = 13  # words, as Brown and others (NeurIPS 2020) count them to find test text among training text


def words_of(text):
    return WORD.findall(text.lower())


class Numbering:
    """Every word its number, in order of appearance, from 0."""

    def __init__(self):
        self.numbers = {}

    def __call__(self, text):
        numbers = self.numbers
        return np.array([numbers.setdefault(word, len(numbers)) for word in words_of(text)], np.int64)


class Vocabulary:
    """The most frequent words of the whole pool, so that no selector has a say in it; all others are one word, `rare`."""

    def __init__(self, documents, size):
        counts = np.bincount(np.concatenate(documents))
        kept = np.argsort(-counts, kind="stable")[: size - 2]
        kept = kept[counts[kept] > 0]
        self._ids = np.full(len(counts), RARE, np.int32)
        self._ids[kept] = np.arange(len(kept)) + 2
        self.size = len(kept) + 2

    def encode(self, document):
        ids = np.full(len(document), RARE, np.int32)
        known = document < len(self._ids)
        ids[known] = self._ids[document[known]]
        return ids


def cut(documents, order, amount):
    """Documents in this order until they have `amount` words; the last one is cut."""
    taken = []
    for number in order:
        if amount <= 0:
            break
        taken.append(documents[number][:amount])
        amount -= len(taken[-1])
    return taken


def joined(documents):
    return np.concatenate([np.append(ids, END) for ids in documents]).astype(np.int32)


def runs_of(document):
    """One number a run of SHINGLE words, by a polynomial modulo 2^64; a shorter document is one run."""
    width = min(SHINGLE, len(document))
    starts = len(document) - width + 1 if width else 0
    runs = np.zeros(starts, np.uint64)
    for k in range(width):
        runs = runs * np.uint64(0x9E3779B97F4A7C15) + document[k : k + starts].astype(np.uint64) + np.uint64(1)
    return runs


class Shingles:
    """Every run of words of the pool, and which of them stand in two of its documents or more."""

    def __init__(self, documents):
        known, counts = np.unique(np.concatenate([np.unique(runs_of(one)) for one in documents]), return_counts=True)
        self._known, self._repeated = known, known[counts > 1]

    def share_in_pool(self, document):
        """Share of the runs of a document that stand somewhere in the pool."""
        return share_among(self._known, runs_of(document))

    def share_repeated(self, document):
        """Share of the runs of a document of the pool that stand in another one of it."""
        return share_among(self._repeated, runs_of(document))


def share_among(known, runs):
    """1 for a document without words: it is none to test on."""
    if not len(runs) or not len(known):
        return float(not len(runs))
    return float(np.mean(known[np.minimum(np.searchsorted(known, runs), len(known) - 1)] == runs))
