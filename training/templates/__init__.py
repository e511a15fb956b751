"""Synthetic labelled texts: `generate(seed, n)` yields rows of {text, labels, source, lang}."""

from .generator import generate

__all__ = ["generate"]
