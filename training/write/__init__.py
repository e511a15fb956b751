"""A second, larger set of self-written rows: `write(seed, n)` yields {text, labels, source, lang}."""

from .rows import write

__all__ = ["write"]
