"""Writes MODEL_CARD.md beside the weights: what the model is, what it was trained on, how the run went, where it is weak."""

import csv
import json
import platform
from pathlib import Path

import torch

from .calibrate import SHARES, TOGETHER
from .reliability import draw_progress

INTRO = """# sluice-guard

A causal Griffin (RG-LRU and local attention, De et al. 2024, arXiv:2402.19427) of {parameters:.1f} million parameters with two
kinds of output on the same hidden states: a tied language-model head and harm heads that score every prefix of a text.
Trained from scratch on public labelled text and text of our own by `training/recipe.py`; no weights of another model were used.

## Intended use
First opinion on short and medium text (posts, comments, prompts, replies) on a plain CPU, whole or token by token, with
thresholds a person has looked at. Not for decisions about people without review, and not the only safeguard anywhere.

## Weaknesses
- Small, and little trained. Larger guards are clearly better.
- English first. The training text holds some Chinese, German, Portuguese, Korean and a little of 15 more languages;
  scores there are weaker and not calibrated per language.
- Self-harm, sexual and violence labels are rare or weak in public data; much of that signal comes from our own text.
- Implicit hate, irony, quotation, negation and reclaimed words are judged poorly; names of groups alone raise the risk.
- Sexual content involving minors is left out of training everywhere and is **not measured**.
- The evaluation sets were seen by its authors: nothing was fitted to them, but they are no blind test.
- The language-model head saw a sample of positions only: it ranks continuations, it does not write.

## Risk
`risk = sigmoid(scale * logit + offset)` per label (heads.json), fitted on English validation rows of sources left out of
training, at most 1,000 a source; where those hold fewer than 20 positives, on validation rows of all sources ("all" below,
at most 300 of a source seen in training).
Flag threshold: the lowest risk that at most {flag[0]:.0%} of benign text and {flag[1]:.0%} of the hard harmless rows reach; block:
{block[0]:.0%} and {block[1]:.0%}. All labels together flag at most {together[flag]:.1%} of benign text and block {together[block]:.1%}: `any` takes its share
first, the others get the same smaller one.
Benign text is left-out sources without harm (articles, questions, reviews); hard rows come from sources that hold harm too.
ECE: expected calibration error over ten bins, each half of the rows under the fit of the other half.
![Share of positives over risk, per label](reliability.svg)
"""


def write_card(args, out: Path, model, plan, fitted: dict) -> None:
    """`args` are the recipe's arguments, `fitted` what calibrate.py returned."""
    parameters = sum(p.numel() for p in model.parameters()) / 1e6
    parts = [INTRO.format(parameters=parameters, together=TOGETHER, **SHARES)]
    parts.append(held_out_table(fitted))
    parts.append(data_section(args))
    parts.append(run_section(args, plan))
    (out / "MODEL_CARD.md").write_text("\n".join(parts), encoding="utf8")


def held_out_table(fitted: dict) -> str:
    names = ["auPrc", "rocAuc", "bestF1", "ece"]
    lines = ["## Held-out rows", "", "| label | rows | n | positives | AU-PRC | ROC-AUC | best F1 | ECE | flag | recall | block | recall |", "|" + "---|" * 12]
    for label, row in fitted["held_out"].items():
        flag, block = fitted["thresholds"][label].values()
        rows = "left out" if row["from"].startswith("sources left out") else "all"
        cells = [rows, row["n"], row["positives"], *(row[n] for n in names), flag, row["recallAtFlag"], block, row["recallAtBlock"]]
        lines.append(f"| {label} | " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join(lines) + "\n"


def data_section(args) -> str:
    note = json.loads((args.work / "data.json").read_text())
    with open(Path(__file__).with_name("sources.tsv"), encoding="utf8") as file:
        sources = list(csv.DictReader(file, delimiter="\t"))
    lines = [
        "## Training data and licences",
        "",
        f"{note['rows']:,} rows, of them {note['own']:,} written by ourselves (training/templates, training/write, this project's licence);",
        f"{note['leaks_dropped']:,} rows were dropped because they repeat text of the {note['evaluation_rows']:,} evaluation rows.",
        "Only sets whose stated licence is permissive or share-alike were used. A repository's licence does not settle the rights",
        "in posts quoted inside it. `sluice-guard` is shared under CC BY-SA 4.0 terms where those sets ask for it.",
        "",
        "| set | repository | licence stated |",
        "|---|---|---|",
    ]
    lines += [f"| {s['source']} | {s['repository']} | {s['licence']} |" for s in sources]
    return "\n".join(lines) + "\n"


def origin(args) -> str:
    return f", from the weights shipped before; the result holds {args.blend} of the new weights and the rest of the old" if args.start else ""


def run_section(args, plan) -> str:
    entries = [json.loads(line) for line in (args.work / "log.jsonl").read_text().splitlines()]
    lines = [
        "## The run",
        "",
        f"torch {torch.__version__}, {args.device}, {platform.processor() or platform.machine()}, seed {plan.seed}, {plan.steps} steps of",
        f"{plan.batch_tokens} tokens, the first {plan.warmup_steps} on embeddings and heads alone{origin(args)}.",
        "Held-out pairs are [AU-PRC, ROC-AUC].",
        "",
        "```",
    ]
    kept = [e for e in entries if e.get("held") or "heads" in e and e["step"] % 200 == 0]
    lines += [json.dumps(e) for e in kept]
    return "\n".join([*lines, "```", ""])


def put_curve(model: Path, found: dict) -> None:
    """Puts the table of curve.py and its picture into the card, in place of an older one."""
    columns = list(dict.fromkeys(name for row in found["tokens"].values() for name in row))
    points = sorted((float(t), row) for t, row in found["tokens"].items())
    lines = [
        CURVE,
        "",
        "AU-PRC after so many million tokens through the whole network (HateCheck: ROC-AUC); left out: English validation rows of",
        "sources that training never saw. Unblended weights; the rate falls to zero only towards the end of a run.",
        "![Figures over tokens](curve.svg)",
        "",
        "| tokens, millions | " + " | ".join(columns) + " |",
        "|" + "---|" * (len(columns) + 1),
        *(f"| {tokens:g} | " + " | ".join(str(row.get(c, "")) for c in columns) + " |" for tokens, row in points),
        "",
    ]
    if found["rows"]:
        lines += ["Embedding and heads alone, the same number of steps on shares of the training rows:", ""]
        lines += ["| rows | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
        lines += [f"| {int(n):,} | " + " | ".join(str(row.get(c, "")) for c in columns) + " |" for n, row in sorted(found["rows"].items(), key=lambda r: int(r[0]))]
        lines.append("")
    if found.get("conclusion"):
        lines += [found["conclusion"], ""]
    card = model / "MODEL_CARD.md"
    before, rest = card.read_text(encoding="utf8").split("## Training data", 1)
    head, *tail = before.split("## Under attack")
    attack = ["## Under attack" + part for part in tail]
    text = head.split(CURVE)[0] + "\n".join(lines) + "\n" + "".join(attack) + "## Training data" + rest
    card.write_text(text, encoding="utf8")
    (model / "curve.svg").write_text(draw_progress({c: [(t, row[c]) for t, row in points if c in row] for c in columns}))


CURVE = "## Figures over tokens and rows"
