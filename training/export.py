"""Writes a trained guard as a Hugging Face directory: config.json, model.safetensors (BF16), heads, tokenizer, model card."""

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import torch

from .calibrate import calibrate, cross_fitted, has_both
from .card import write_card
from .data import Corpus
from .model import SCORE_CLIP, Guard
from .reliability import draw
from .train import predict

DTYPES = {torch.bfloat16: "BF16", torch.float32: "F32"}


def export_model(args, model: Guard, labels: list[str], plan, valid: tuple[list[dict], set[str]], encode) -> None:
    """Rounds the trunk to BF16, fits calibration and thresholds with the rounded weights, writes all files.

    `valid` is the validation rows and the sources that training has seen.
    """
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for parameter in model.model.parameters():
            parameter.copy_(parameter.bfloat16().float())
    trunk = {f"model.{name}": p.detach().cpu().bfloat16() for name, p in model.model.named_parameters()}
    heads = {f"heads.{name}": p.detach().cpu().float() for name, p in model.heads.named_parameters()}
    write_safetensors(out / "model.safetensors", trunk)
    write_safetensors(out / "heads.safetensors", heads)
    (out / "config.json").write_text(json.dumps(model.cfg.to_json(), indent=2) + "\n")
    shutil.copyfile(args.work / "tokenizer.json", out / "tokenizer.json")

    valid_rows, trained = valid
    known = balanced([r for r in valid_rows if r["source"] in trained], per_source=300, seed=args.seed)
    chosen = known + balanced([r for r in valid_rows if r["source"] not in trained], per_source=1000, seed=args.seed)
    corpus = Corpus(chosen, labels, encode, frozenset())
    logits = predict(model, corpus, np.arange(len(chosen)), args.device)
    left_out = ~np.isin(corpus.sources, list(trained))
    fitted = calibrate(logits, corpus.labels, labels, left_out & (corpus.languages == "en"), benign_rows(corpus, left_out))
    (out / "heads.json").write_text(json.dumps({"labels": labels, "score_clip": SCORE_CLIP, **fitted}, indent=2) + "\n")
    (out / "reliability.svg").write_text(draw(curves(logits, corpus.labels, labels, left_out & (corpus.languages == "en"))))
    write_card(args, out, model, plan, fitted)


def benign_rows(corpus: Corpus, left_out: np.ndarray) -> np.ndarray:
    """Mask of the English rows of left-out sources in which no row is harmful: what false positives are counted on."""
    english = left_out & (corpus.languages == "en")
    harmful = set(corpus.sources[(corpus.labels == 1).any(1)])
    known = english & (corpus.labels[:, 0] == 0)
    return known & ~np.isin(corpus.sources, list(harmful))


def curves(logits: np.ndarray, truth: np.ndarray, labels: list[str], left_out: np.ndarray) -> dict:
    """Label -> (truth, risk fitted on the other half) for the reliability diagrams, on the rows that calibration used."""
    out = {}
    for k, label in enumerate(labels):
        known = ~np.isnan(truth[:, k])
        chosen = known & left_out if has_both(truth[known & left_out, k]) else known
        if has_both(truth[chosen, k]):
            out[label] = (truth[chosen, k], cross_fitted(logits[chosen, k].astype(np.float64), truth[chosen, k].astype(np.float64)))
    return out


def balanced(rows: list[dict], per_source: int, seed: int) -> list[dict]:
    """At most `per_source` rows of every source, in a seeded order."""
    order = np.random.default_rng(seed).permutation(len(rows))
    taken: dict[str, int] = {}
    chosen = []
    for i in order:
        source = rows[i]["source"]
        if taken.get(source, 0) < per_source:
            taken[source] = taken.get(source, 0) + 1
            chosen.append(rows[i])
    return chosen


def write_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """The safetensors format: header length, JSON header padded to 8 bytes, tensors one after another."""
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        raw = tensor.view(torch.int16).numpy().tobytes() if tensor.dtype == torch.bfloat16 else tensor.numpy().tobytes()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
        blobs.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
