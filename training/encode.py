"""Token ids of folded texts from tokenizer.json alone, for training from a shipped model: BPE by rank, byte fallback.

Pieces never cross a space, so each word is merged once and remembered. Ids equal sentencepiece's and the service's.
"""

import json
from pathlib import Path

from .tokenizer import SPACE


def load_encoder(file: Path):
    """A function from a list of folded texts to lists of ids."""
    ids = json.loads(file.read_text())["model"]["vocab"]
    words: dict[str, list[int]] = {}

    def encode_word(word: str) -> list[int]:
        known = words.get(word)
        if known is None:
            known = words[word] = merge(word, ids)
        return known

    def encode(texts: list[str]) -> list[list[int]]:
        return [[i for word in split(text) for i in encode_word(word)] for text in texts]

    return encode


def split(text: str) -> list[str]:
    """Words with their leading space mark; folded text holds single spaces only."""
    return [SPACE + word for word in text.split(" ")] if text else []


def merge(word: str, ids: dict[str, int]) -> list[int]:
    """The pair whose joined piece has the lowest id is merged first, the left one of equals."""
    parts = list(word)
    while len(parts) > 1:
        ranked = [(ids.get(a + b, len(ids)), at) for at, (a, b) in enumerate(zip(parts, parts[1:]))]
        best, at = min(ranked)
        if best == len(ids):
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    out = []
    for part in parts:
        known = ids.get(part)
        out.extend([known] if known is not None else [ids[f"<0x{byte:02X}>"] for byte in part.encode()])
    return out
