"""Figures over tokens seen and over rows of training text: what more of either would bring. Writes them into the model's card.

python3 -m training.curve --work DIR --evaluation DIR --model models/sluice-guard --points 0=FOLDER 3.7=weights-600.pt
    [--shares 0.0625 0.25 1] [--conclusion TEXT]

A point is millions of tokens and the weights after them: a file that the recipe left in its --work, or a model's folder. The
rows: English ones of sources that training left out, and two evaluation sets that are watched here and never chosen by. For
each share of the training rows an embedding and heads without any block are trained from nothing, the same number of steps.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .card import put_curve
from .data import Corpus, fold_rows, read_rows
from .encode import load_encoder
from .export import balanced
from .load import load_model
from .metrics import average_precision, roc_auc
from .model import Config, Guard
from .recipe import BOOST, LABELS, MACHINE
from .train import Plan, Run, predict

WATCHED = ("any", "hate", "harassment", "self_harm", "sexual", "violence")
SHALLOW_STEPS = 1200


def measure(model: Guard, sets: dict[str, Corpus], depth: int = 99) -> dict[str, float]:
    """AU-PRC of each watched label on each set; of HateCheck the ROC-AUC, as most of its rows are hateful."""
    out = {}
    for name, corpus in sets.items():
        logits = predict(model, corpus, np.arange(len(corpus.lengths)), "cpu", max_tokens=8192, depth=depth)
        for label in WATCHED:
            k = LABELS.index(label)
            known = ~np.isnan(corpus.labels[:, k])
            truth, scores = corpus.labels[known, k], logits[known, k]
            if min((truth == 1).sum(), (truth == 0).sum()) >= 20:
                figure = roc_auc if name == "HateCheck" else average_precision
                out[f"{name}, {label}"] = round(figure(truth, scores), 3)
    return out


def load_point(path: Path, base: Path) -> Guard:
    """A model folder, or saved weights in the shape of the model in `base`."""
    if path.is_dir():
        return load_model(path)[0]
    model, _ = load_model(base)
    saved = torch.load(path, map_location="cpu")
    model.load_state_dict(saved.get("model", saved))
    return model


def sets_of(args, encode) -> dict[str, Corpus]:
    with open(args.work / "train.jsonl", encoding="utf8") as file:
        trained = {json.loads(line)["source"] for line in file}
    rows = [r for r in read_rows(args.work / "valid.jsonl") if r["source"] not in trained and r["lang"] == "en"]
    texts = {"left out": balanced(rows, per_source=args.per_source, seed=1)}
    for name, file in (("OpenAI Mod", "oai_mod"), ("HateCheck", "hatecheck")):
        texts[name] = fold_rows(read_rows(args.evaluation / f"{file}.jsonl.xz"), args.node)
    return {name: Corpus([{"source": name, **r} for r in found], LABELS, encode, frozenset()) for name, found in texts.items()}


def shallow(share: float, rows: list[dict], encode, work: Path) -> tuple[int, Guard]:
    """Embedding and heads trained on a seeded share of the rows."""
    work.mkdir(exist_ok=True)
    chosen = [rows[i] for i in np.flatnonzero(np.random.default_rng(1).random(len(rows)) < share)]
    torch.manual_seed(1)
    model = Guard(Config(), len(LABELS))
    plan = Plan(steps=SHALLOW_STEPS, warmup_steps=SHALLOW_STEPS, batch_tokens=6144)
    run = Run(model, plan, Corpus(chosen, LABELS, encode, MACHINE), BOOST, work, "cpu")
    run.train({}, LABELS, SHALLOW_STEPS)
    return len(chosen), model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("work", "evaluation", "model"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--points", nargs="*", default=[])
    parser.add_argument("--shares", type=float, nargs="*", default=[])
    parser.add_argument("--conclusion", help="what a person reads from the tables, for the card")
    parser.add_argument("--per-source", type=int, default=400)
    parser.add_argument("--node", default="node")
    args = parser.parse_args()
    encode = load_encoder(args.model / "tokenizer.json")
    sets = sets_of(args, encode)
    file = args.work / "curve.json"
    found = json.loads(file.read_text()) if file.exists() else {"tokens": {}, "rows": {}}
    for tokens, path in (point.split("=", 1) for point in args.points):
        if tokens not in found["tokens"]:
            found["tokens"][tokens] = measure(load_point(Path(path), args.model), sets)
            file.write_text(json.dumps(found, indent="\t") + "\n")
    rows = read_rows(args.work / "train.jsonl") if args.shares else []
    for share in args.shares:
        count, model = shallow(share, rows, encode, args.work / f"share-{share}")
        found["rows"][str(count)] = measure(model, sets, depth=0)
        file.write_text(json.dumps(found, indent="\t") + "\n")
    found["conclusion"] = args.conclusion or found.get("conclusion", "")
    file.write_text(json.dumps(found, indent="\t") + "\n")
    put_curve(args.model, found)


if __name__ == "__main__":
    main()
