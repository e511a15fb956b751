"""Draws rows from the families of this folder through the templates' generator and adds the other languages."""

from itertools import islice

from ..templates.generator import generate
from . import answers, burdens, chat, claims, contexts, desire, despair, menace, objects, override, speech, tasks, wrongs
from .languages import write_languages

FAMILIES = tuple(m.FAMILY for m in (objects, despair, speech, menace, desire, override, chat, wrongs, answers, burdens, claims, tasks, contexts))


def write(seed, n):
    """Yields n rows, no text twice; equal seeds yield equal rows."""
    other = list(islice(write_languages(seed), n // 6))
    yield from other
    yield from generate(seed, n - len(other), families=FAMILIES, source="sluice_written", most=40)
