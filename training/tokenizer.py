"""Trains the classifier's tokenizer (SentencePiece BPE, byte fallback) on folded text and writes it as tokenizer.json.

The file follows Gemma's Hugging Face layout: BPE over text whose spaces are U+2581, merges derived from the piece order.
Pieces never cross a space, so every word's pieces are independent of its neighbours.
"""

import json
import random
from pathlib import Path

SPACE = "\u2581"
SPECIALS = ["<pad>", "<eos>", "<bos>", "<unk>"]


def train_tokenizer(texts: list[str], out: Path, vocab_size: int, seed: int, sample: int = 240_000) -> None:
    """Writes `out`/tokenizer.json from a seeded sample of `texts` (folded, one string per row)."""
    import sentencepiece

    chosen = random.Random(seed).sample(texts, min(sample, len(texts)))
    prefix = out / "sentencepiece"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(t[:2000] for t in chosen),
        model_prefix=str(prefix),
        model_type="bpe",
        vocab_size=vocab_size,
        byte_fallback=True,
        split_digits=True,
        character_coverage=0.998,
        normalization_rule_name="identity",
        add_dummy_prefix=True,
        remove_extra_whitespaces=False,
        max_sentence_length=8000,
        num_threads=2,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        unk_piece="<unk>",
        minloglevel=1,
    )
    model = sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")
    pieces = [model.id_to_piece(i) for i in range(model.get_piece_size())]
    (out / "tokenizer.json").write_text(json.dumps(to_tokenizer_json(pieces), ensure_ascii=False, separators=(",", ":")))


def to_merges(pieces: list[str]) -> list[list[str]]:
    """The merge list behind a SentencePiece BPE vocabulary: every split of a piece into two known ones, in piece order."""
    ids = {piece: i for i, piece in enumerate(pieces)}
    first = len(SPECIALS) + 256
    merges = []
    for piece in pieces[first:]:
        splits = [(piece[:k], piece[k:]) for k in range(1, len(piece))]
        known = [s for s in splits if ids.get(s[0], 0) >= first and ids.get(s[1], 0) >= first]
        merges.extend(list(s) for s in sorted(known, key=lambda s: (ids[s[0]], ids[s[1]])))
    return merges


def to_tokenizer_json(pieces: list[str]) -> dict:
    """tokenizer.json of the Hugging Face tokenizers library for the given pieces; a piece's index is its id."""
    assert pieces[: len(SPECIALS)] == SPECIALS, pieces[:8]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": t, **flags} for i, t in enumerate(SPECIALS)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": SPACE},
                {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {piece: i for i, piece in enumerate(pieces)},
            "merges": merges_as_strings(to_merges(pieces)),
        },
    }


def merges_as_strings(merges: list[list[str]]) -> list[str]:
    """`left right` per merge; pieces hold no ASCII space, so one space separates them."""
    return [" ".join(m) for m in merges]
