"""Writes MODEL_CARD.md beside the weights: what the model is, what it was trained on, how the run went, where it is weak."""

import csv
import json
import platform
from pathlib import Path

import torch

INTRO = """# sluice-guard

A causal Griffin (RG-LRU and local attention, De et al. 2024, arXiv:2402.19427) of {parameters:.1f} million parameters with two
kinds of output on the same hidden states: a tied language-model head and harm heads that score every prefix of a text.
Trained from scratch on public labelled text by `training/recipe.py`; no weights of another model were used.

## Intended use
First opinion on short and medium text (posts, comments, prompts, replies) on a plain CPU, whole or token by token, with
thresholds a person has looked at. Not for decisions about people without review, and not the only safeguard anywhere.

## Weaknesses
- A pilot: {tokens:.0f} million tokens of training. Larger guards are clearly better.
- English first. The training text holds some Chinese, German, Portuguese, Korean and a little of 15 more languages;
  scores there are weaker and not calibrated per language.
- Self-harm, sexual and violence labels are rare or weak in public data; much of that signal comes from our own templates.
- Implicit hate, irony, quotation, negation and reclaimed words are judged poorly; names of groups alone raise the risk.
- Sexual content involving minors is left out of training everywhere and is **not measured**.
- The evaluation sets were measured during the run and seen by its authors: nothing was fitted to them, but they are no blind test.
- The language-model head saw a sample of positions only: it ranks continuations, it does not write.

## Risk
`risk = sigmoid(scale * logit + offset)` per label (heads.json), fitted on at most 1,500 held-out rows a source.
Flag threshold: best F1 there; where that misses more than a fifth of the positives, lower, while at most 2 % of harmless rows
are flagged and a third of what is flagged is right. Block threshold: precision >= 0.8 and false positives <= 1 % there.
"""


def write_card(args, out: Path, model, plan, fitted: dict) -> None:
    """`args` are the recipe's arguments, `fitted` what calibrate.py returned."""
    parameters = sum(p.numel() for p in model.parameters()) / 1e6
    parts = [INTRO.format(parameters=parameters, tokens=(args.tokens + args.warmup) / 1e6)]
    parts.append(held_out_table(fitted))
    parts.append(data_section(args))
    parts.append(run_section(args, plan))
    (out / "MODEL_CARD.md").write_text("\n".join(parts), encoding="utf8")


def held_out_table(fitted: dict) -> str:
    lines = ["## Held-out rows", "", "| label | n | positives | AU-PRC | ROC-AUC | best F1 | flag | block | recall at block |", "|---|---|---|---|---|---|---|---|---|"]
    for label, row in fitted["held_out"].items():
        flag, block = fitted["thresholds"][label].values()
        cells = [row["n"], row["positives"], row["auPrc"], row["rocAuc"], row["bestF1"], flag, block, row["recallAtBlock"]]
        lines.append(f"| {label} | " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join(lines) + "\n"


def data_section(args) -> str:
    note = json.loads((args.work / "data.json").read_text())
    with open(Path(__file__).with_name("sources.tsv"), encoding="utf8") as file:
        sources = list(csv.DictReader(file, delimiter="\t"))
    lines = [
        "## Training data and licences",
        "",
        f"{note['rows']:,} rows, of them {args.templates:,} written by our own templates (training/templates, this project's licence);",
        f"{note['leaks_dropped']:,} rows were dropped because they repeat text of the {note['evaluation_rows']:,} evaluation rows.",
        "Only sets whose stated licence is permissive or share-alike were used. A repository's licence does not settle the rights",
        "in posts quoted inside it. `sluice-guard` is shared under CC BY-SA 4.0 terms where those sets ask for it.",
        "",
        "| set | repository | licence stated |",
        "|---|---|---|",
    ]
    lines += [f"| {s['source']} | {s['repository']} | {s['licence']} |" for s in sources]
    return "\n".join(lines) + "\n"


def run_section(args, plan) -> str:
    entries = [json.loads(line) for line in (args.work / "log.jsonl").read_text().splitlines()]
    lines = [
        "## The run",
        "",
        f"torch {torch.__version__}, {args.device}, {platform.processor() or platform.machine()}, seed {plan.seed}, {plan.steps} steps of",
        f"{plan.batch_tokens} tokens, the first {plan.warmup_steps} on embeddings and heads alone. Held-out pairs are [AU-PRC, ROC-AUC].",
        "",
        "```",
    ]
    kept = [e for e in entries if "held" in e or e["step"] % 1000 == 0]
    lines += [json.dumps(e) for e in kept]
    return "\n".join([*lines, "```", ""])
