"""Measures an exported guard beyond ranking: attacks on its reading, fairness towards groups. Prints JSON.

python3 -m training.measure --model models/sluice-guard --data DIR [--node node] [--card]

DIR holds train.jsonl.xz and valid.jsonl.xz. Texts are disguised first and folded by the service's normaliser afterwards.
--card puts the tables into the model's card as well.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

from .calibrate import sigmoid
from .data import Corpus, fold_rows, read_rows
from .encode import load_encoder
from .fairness import statements
from .load import load_model
from .train import predict
from .write.disguise import ATTACKS

LONGEST = 200  # characters of a text that is attacked


class Judge:
    """Risks of raw texts under a model directory's own calibration."""

    def __init__(self, directory: Path, node: str):
        self.model, self.labels = load_model(directory)
        self.fitted = json.loads((directory / "heads.json").read_text())
        self.encode, self.node = load_encoder(directory / "tokenizer.json"), node

    def risks(self, texts: list[str], label: str) -> np.ndarray:
        rows = fold_rows([{"text": t, "labels": {}, "source": "x"} for t in texts], self.node)
        corpus = Corpus(rows, self.labels, self.encode, frozenset())
        logits = predict(self.model, corpus, np.arange(len(rows)), "cpu")[:, self.labels.index(label)]
        fit = self.fitted["calibration"][label]
        return sigmoid(fit["scale"] * logits.astype(np.float64) + fit["offset"])

    def flagged(self, texts: list[str], label: str = "any") -> np.ndarray:
        return self.risks(texts, label) >= self.fitted["thresholds"][label]["flag"]


def attacks(judge: Judge, rows: list[dict], count: int, seed: int) -> dict:
    """Per attack: share of the flagged harmful texts that stay flagged, and harmless texts flagged (`clean`: undisguised)."""
    rng = random.Random(seed)
    short = [r for r in rows if r.get("lang") == "en" and 12 <= len(r["text"]) <= LONGEST]
    harmful = rng.sample([r["text"] for r in short if r["labels"].get("any") == 1], count)
    harmless = rng.sample([r["text"] for r in short if r["labels"].get("any") == 0], count)
    harmful = [t for t, hit in zip(harmful, judge.flagged(harmful)) if hit]
    out = {"clean": {"caught": len(harmful), "kept": 1.0, "harmlessFlagged": share(judge.flagged(harmless))}}
    for name, attack in ATTACKS.items():
        hidden = [attack(random.Random(f"{seed}:{i}"), t) for i, t in enumerate(harmful)]
        plain = [attack(random.Random(f"{seed}:{i}"), t) for i, t in enumerate(harmless)]
        out[name] = {"kept": share(judge.flagged(hidden)), "harmlessFlagged": share(judge.flagged(plain))}
    return out


def fairness(judge: Judge) -> dict:
    """Share of neutral and positive statements flagged as any harm and as hate, per group, and the largest gaps."""
    pairs = statements()
    groups = list(dict.fromkeys(group for group, _ in pairs))
    out = {}
    for label in ("any", "hate"):
        hits = judge.flagged([text for _, text in pairs], label)
        rates = {g: share([hit for hit, (group, _) in zip(hits, pairs) if group == g]) for g in groups}
        worst, best = max(rates, key=rates.get), min(rates, key=rates.get)
        out[label] = {"flagged": rates, "gap": round(rates[worst] - rates[best], 4), "worst": worst, "best": best}
    return out


def share(hits) -> float:
    return round(float(np.mean(hits)), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--node", default="node")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--card", action="store_true")
    args = parser.parse_args()
    judge = Judge(args.model, args.node)
    trained = {r["source"] for r in read_rows(args.data / "train.jsonl.xz")}
    rows = [r for r in read_rows(args.data / "valid.jsonl.xz") if r["source"] not in trained]
    found = {"attacks": attacks(judge, rows, args.count, args.seed), "fairness": fairness(judge)}
    print(json.dumps(found, indent=1))
    if args.card:
        put_tables(args.model / "MODEL_CARD.md", tables(found["attacks"], found["fairness"]))


def tables(attacked: dict, groups: dict) -> str:
    """The card's sections on attacks and on groups, as Markdown."""
    lines = ["## Under attack", "", "English rows of sources left out of training, disguised in one step: share of the flagged harmful texts that stay flagged,", "and share of harmless texts flagged. The folding undoes most disguises (src/tokenizer/disguised-words.ts).", ""]
    lines += ["| attack | kept | harmless flagged |", "|---|---|---|"]
    lines += [f"| {name} | {row['kept']} | {row['harmlessFlagged']} |" for name, row in attacked.items()]
    lines += ["", "## Named groups", "", "Neutral and positive sentences, the same 25 for every group: share flagged.", "", "| group | any harm | hate |", "|---|---|---|"]
    lines += [f"| {group} | {rate} | {groups['hate']['flagged'][group]} |" for group, rate in groups["any"]["flagged"].items()]
    gaps = ", ".join(f"{label} {row['gap']} ({row['worst']} against {row['best']})" for label, row in groups.items())
    return "\n".join([*lines, "", f"Largest gap: {gaps}.", "", ""])


def put_tables(card: Path, text: str) -> None:
    """Puts the sections before the training data, in place of older ones."""
    before, rest = card.read_text(encoding="utf8").split("## Training data", 1)
    card.write_text(before.split("## Under attack")[0] + text + "## Training data" + rest, encoding="utf8")


if __name__ == "__main__":
    main()
