"""Pattern grammar: [a|b] is a choice, {slot} a filler, {slot.k} a filler remembered as k within one text.

Knows nothing of labels or families. A pattern may also be a function (rng, grammar) -> str.
"""

import re

_TOKEN = re.compile(r"\\.|[\[\]|{}]")
_AN = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])(?!(?:uni|use|usu|one\b|once|eu|Eu|ura|UK|US))")
_START = re.compile(r"(^|[.!?]\s+)([\"'(]?)([a-z])")


class Grammar:
    """Fillers by slot name; expands patterns with a seeded generator."""

    def __init__(self, *slots):
        self.slots = {}
        for group in slots:
            self.slots.update(group)
        self._parsed = {}

    def with_slots(self, slots):
        return Grammar(self.slots, slots)

    def expand(self, rng, pattern):
        """One text of the pattern, with articles, spaces and sentence starts put right."""
        if callable(pattern):
            return pattern(rng, self)
        out = []
        self._walk(rng, self._parse(pattern), {}, out)
        return tidy("".join(out))

    def missing(self, pattern):
        """Slot names that the pattern (or a filler it reaches) uses and nobody defines."""
        seen, todo, lost = set(), [pattern], set()
        while todo:
            for part in _flatten(self._parse(todo.pop())):
                name = part[1]
                if name in seen:
                    continue
                seen.add(name)
                if name in self.slots:
                    todo.extend(self.slots[name])
                else:
                    lost.add(name)
        return lost

    def _parse(self, pattern):
        node = self._parsed.get(pattern)
        if node is None:
            node, rest = _parse_sequence(pattern, 0, False)
            if rest != len(pattern):
                raise ValueError(f"unbalanced pattern: {pattern}")
            self._parsed[pattern] = node
        return node

    def _walk(self, rng, node, memo, out):
        for part in node:
            if isinstance(part, str):
                out.append(part)
            elif part[0] == "alt":
                self._walk(rng, part[1][int(rng.random() * len(part[1]))], memo, out)
            else:
                _, name, key = part
                if key is None:
                    self._fill(rng, name, memo, out)
                    continue
                if (name, key) not in memo:
                    piece = []
                    self._fill(rng, name, memo, piece)
                    memo[name, key] = "".join(piece)
                out.append(memo[name, key])

    def _fill(self, rng, name, memo, out):
        fillers = self.slots[name]
        self._walk(rng, self._parse(fillers[int(rng.random() * len(fillers))]), memo, out)


def tidy(text):
    text = re.sub(r"[ ]{2,}", " ", text).strip()
    text = re.sub(r" ([,.!?;])", r"\1", text)
    text = re.sub(r"([!?])\.", r"\1", text)
    text = _AN.sub(lambda m: m.group(1) + "n ", text)
    return _START.sub(lambda m: m.group(1) + m.group(2) + m.group(3).upper(), text)


def _parse_sequence(text, at, nested):
    alternatives, parts, literal = [], [], []

    def flush():
        if literal:
            parts.append("".join(literal))
            literal.clear()

    while at < len(text):
        match = _TOKEN.search(text, at)
        if match is None:
            literal.append(text[at:])
            at = len(text)
            break
        literal.append(text[at : match.start()])
        token, at = match.group(), match.end()
        if token[0] == "\\":
            literal.append(token[1])
        elif token == "[":
            flush()
            inner, at = _parse_sequence(text, at, True)
            parts.append(inner)
        elif token == "{":
            flush()
            end = text.index("}", at)
            name, _, key = text[at:end].partition(".")
            parts.append(("slot", name, key or None))
            at = end + 1
        elif nested and token == "|":
            flush()
            alternatives.append(parts)
            parts = []
        elif nested and token == "]":
            flush()
            alternatives.append(parts)
            return ("alt", alternatives), at
        else:
            literal.append(token)
    if nested:
        raise ValueError(f"unclosed choice: {text}")
    flush()
    return parts, at


def _flatten(node):
    for part in node:
        if isinstance(part, str):
            continue
        if part[0] == "alt":
            for choice in part[1]:
                yield from _flatten(choice)
        else:
            yield part
