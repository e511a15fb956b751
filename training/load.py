"""Reads an exported guard back into PyTorch, to train it further or to measure it."""

import json
import struct
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch

from .model import Config, Guard


def load_model(directory: Path) -> tuple[Guard, list[str]]:
    """The model in float32 and its labels; weights that the files lack or have too many of are an error."""
    told = json.loads((directory / "config.json").read_text())
    config = Config(**{f.name: told[f.name] for f in fields(Config)})
    labels = json.loads((directory / "heads.json").read_text())["labels"]
    model = Guard(config, len(labels))
    tensors = read_safetensors(directory / "model.safetensors") | read_safetensors(directory / "heads.safetensors")
    model.load_state_dict(tensors)
    return model, labels


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """BF16 and F32 tensors of a safetensors file, as float32."""
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    return {name: _tensor(raw, 8 + size, entry) for name, entry in header.items()}


def _tensor(raw: bytes, base: int, entry: dict) -> torch.Tensor:
    start, end = (base + at for at in entry["data_offsets"])
    if entry["dtype"] == "F32":
        values = np.frombuffer(raw[start:end], np.float32)
    else:
        values = (np.frombuffer(raw[start:end], np.uint16).astype(np.uint32) << 16).view(np.float32)
    return torch.from_numpy(values.reshape(entry["shape"]).copy())
