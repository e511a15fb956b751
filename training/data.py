"""Rows to token arrays, and seeded source-balanced batches of similar length.

Input is JSONL of folded text: {text, labels: {name: 0|1}, source, lang}; a label that is absent is unknown (NaN here).
"""

import json
import lzma
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BOS = 2
POOL_BATCHES = 16
OWN = ("sluice_templates", "sluice_written", "sluice_languages")  # contrasts of one word: none of their words is dropped


def read_rows(path: Path) -> list[dict]:
    """All rows of a .jsonl or .jsonl.xz file."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


def fold_rows(rows: list[dict], node: str) -> list[dict]:
    """Replaces each row's text by what the service's own normaliser makes of it; order and count are kept."""
    script = Path(__file__).with_name("normalize.ts")
    stream = "".join(json.dumps(row) + "\n" for row in rows)
    result = subprocess.run([node, str(script)], input=stream.encode(), stdout=subprocess.PIPE, check=True)
    folded = [json.loads(line) for line in result.stdout.decode("utf8").split("\n") if line]
    if len(folded) != len(rows):
        raise RuntimeError(f"folding returned {len(folded)} of {len(rows)} rows")
    return folded


class Corpus:
    """Token ids of all rows in one array, labels as a float matrix with NaN for unknown."""

    def __init__(self, rows: list[dict], labels: list[str], encode, machine_sources: frozenset[str]):
        ids = [np.asarray(x, dtype=np.int32) for x in encode([row["text"] for row in rows])]
        self.lengths = np.array([len(x) for x in ids], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.tokens = np.concatenate(ids)
        self.labels = np.full((len(rows), len(labels)), np.nan, dtype=np.float32)
        index = {label: i for i, label in enumerate(labels)}
        for r, row in enumerate(rows):
            for label, value in row["labels"].items():
                if label in index:
                    self.labels[r, index[label]] = value
        self.sources = np.array([row["source"] for row in rows])
        self.languages = np.array([row.get("lang", "en") for row in rows])
        self.trust = np.where(np.isin(self.sources, list(machine_sources)), 0.5, 1.0).astype(np.float32)

    def row(self, index: int) -> np.ndarray:
        return self.tokens[self.starts[index] : self.starts[index] + self.lengths[index]]

    def sampling_weights(self, boost: dict[str, float]) -> np.ndarray:
        """Source-balanced: a source of n rows is drawn in proportion to n^0.75 times its boost; other languages at 0.6."""
        weights = np.zeros(len(self.lengths))
        for source in np.unique(self.sources):
            mine = self.sources == source
            weights[mine] = mine.sum() ** -0.25 * boost.get(source, 1.0)
        weights *= np.where(np.isin(self.languages, ["en", "multi"]), 1.0, 0.6)
        return weights / weights.sum()


class Batches:
    """Batch number i is a pure function of (seed, i), so a run resumes exactly where it stopped."""

    def __init__(self, corpus: Corpus, weights: np.ndarray, tokens_per_batch: int, max_length: int, seed: int):
        self.corpus, self.tokens, self.max_length, self.seed = corpus, tokens_per_batch, max_length, seed
        self.cumulative = np.cumsum(weights)
        self.exact = np.isin(corpus.sources, OWN)
        known_any = corpus.labels[:, 0]
        self.harmless = np.flatnonzero((known_any == 0) & (corpus.lengths > 3))

    def __call__(self, start: int) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Yields (batch number, ids [B,T] with pad 0, lengths [B], labels [B,K], trust [B]) from `start` on."""
        number = start
        while True:
            pool = self.pool(number // POOL_BATCHES)
            for batch in pool[number % POOL_BATCHES :]:
                yield (number, *batch)
                number += 1

    def pool(self, number: int) -> list:
        rng = np.random.default_rng((self.seed, number))
        mean = float(np.minimum(self.corpus.lengths, self.max_length).mean()) + 1
        count = int(self.tokens * POOL_BATCHES / mean)
        drawn = np.searchsorted(self.cumulative, rng.random(count) * self.cumulative[-1])
        rows = [(self.compose(int(i), rng), int(i)) for i in drawn]
        rows.sort(key=lambda r: len(r[0]))
        cost = np.cumsum([len(r[0]) for r in rows])
        edges = np.searchsorted(cost, np.linspace(0, cost[-1], POOL_BATCHES + 1))
        batches = [self.pad(rows[a:b]) for a, b in zip(edges[:-1], edges[1:])]
        rng.shuffle(batches)
        return batches

    def compose(self, index: int, rng) -> np.ndarray:
        """One row as the model sees it: words dropped, harmless neighbours around it, cut to the longest length."""
        ids = self.corpus.row(index)
        if not self.exact[index] and rng.random() < 0.4 and len(ids) > 6:
            ids = ids[rng.random(len(ids)) >= 0.08]
        if rng.random() < 0.12:
            around = [self.corpus.row(int(i)) for i in rng.choice(self.harmless, rng.integers(1, 4))]
            around.insert(int(rng.integers(0, len(around) + 1)), ids)
            ids = np.concatenate(around)
        if len(ids) >= self.max_length:
            ids = ids[: self.max_length - 1]
        return np.concatenate([[BOS], ids]).astype(np.int64)

    def pad(self, rows: list) -> tuple:
        longest = max(len(ids) for ids, _ in rows)
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        for r, (row, _) in enumerate(rows):
            ids[r, : len(row)] = row
        index = [i for _, i in rows]
        lengths = np.array([len(row) for row, _ in rows])
        return ids, lengths, self.corpus.labels[index], self.corpus.trust[index]
