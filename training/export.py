"""Writes a trained guard as a Hugging Face directory: config.json, model.safetensors (BF16), heads, tokenizer, model card."""

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import torch

from .calibrate import calibrate
from .card import write_card
from .data import Corpus
from .model import SCORE_CLIP, Guard
from .train import predict

DTYPES = {torch.bfloat16: "BF16", torch.float32: "F32"}


def export_model(args, model: Guard, labels: list[str], plan, valid_rows: list[dict], encode) -> None:
    """Rounds the trunk to BF16, fits calibration and thresholds on validation rows with the rounded weights, writes all files."""
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

    chosen = balanced(valid_rows, per_source=1500, seed=args.seed)
    corpus = Corpus(chosen, labels, encode, frozenset())
    logits = predict(model, corpus, np.arange(len(chosen)), args.device)
    fitted = calibrate(logits, corpus.labels, labels)
    (out / "heads.json").write_text(json.dumps({"labels": labels, "score_clip": SCORE_CLIP, **fitted}, indent=2) + "\n")
    write_card(args, out, model, plan, fitted)


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
