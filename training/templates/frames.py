"""Families, frame groups and their labels. Knows nothing of wording or noise."""

from dataclasses import dataclass, field

LABELS = (
    "any", "hate", "harassment", "sexual", "dangerous", "violence",
    "self_harm", "profanity", "toxic", "jailbreak", "hate_threat",
)


@dataclass(frozen=True)
class Frames:
    """Patterns that share one set of labels; `register` picks the wrappers put around them."""

    labels: dict
    patterns: tuple
    register: str = "post"
    weight: float = 1.0


@dataclass(frozen=True)
class Family:
    """A share of the rows, the part of it that is harmful, and both sides' frames."""

    name: str
    share: float
    harmful_part: float
    slots: dict
    harmful: tuple
    harmless: tuple
    plain: bool = field(default=False)


def frames(patterns, on="", unknown="", register="post", weight=1.0):
    """Labels named in `on` are 1, those in `unknown` are left out, every other one is 0.

    `profanity` is decided from the words of each text later unless it is named here.
    """
    ones, lost = on.split(), unknown.split()
    for name in ones + lost:
        if name not in LABELS:
            raise ValueError(f"no label {name}")
    labels = {name: int(name in ones) for name in LABELS if name not in lost}
    if "profanity" not in ones:
        labels.pop("profanity", None)
    return Frames(labels, tuple(patterns), register, weight)


def fit(forms, **names):
    """The same sentence forms for another filler: fit(("How do I {do}?",), do="bake") gives ("How do I {bake}?",)."""
    return tuple(_renamed(form, names) for form in forms)


def _renamed(form, names):
    for old, new in names.items():
        form = form.replace("{" + old + "}", "{" + new + "}")
    return form
