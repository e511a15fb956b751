"""Long everyday paragraphs by topic, letters, support chats, code talk. All of them harmless."""

from .registers import lower_start
from .topics import TOPICS

SLOTS = {
    "greet": ("Dear {name}", "Hello {name}", "Hi {name}", "Dear all", "Dear Sir or Madam", "Good morning",
        "To whom it may concern", "Hi team"),
    "bye": ("Best regards, {name}", "Kind regards, {name}", "See you soon, {name}", "Yours, {name}", "Thanks, {name}",
        "All the best, {name} and {name}", "Take care, {name}"),
    "link": ("By the way, ", "Also, ", "Later, ", "After that, ", "In the end, ", "Besides, ", "On top of that, ",
        "Then again, ", "As for the rest: ", "", "", "", "", "", "", "", "", ""),
    "fn": ("parse_row", "load_users", "send_mail", "close_session", "kill_worker", "read_lines", "merge_sort",
        "count_words", "retry", "resize_image"),
    "var": ("rows", "items", "users", "lines", "jobs", "values", "tokens", "files"),
    "err": ("KeyError: '{var}'", "TypeError: '{var}' is not a function", "segmentation fault",
        "timeout after {n} seconds", "permission denied", "address already in use", "null pointer in {fn}",
        "killed by signal 9"),
    "prod": ("{thing}", "order", "subscription", "invoice", "parcel", "account", "refund", "booking"),
    "trouble": ("has not arrived", "does not start", "shows an error", "was charged twice", "is locked",
        "is slow since the update", "arrived broken", "can't be found in the app"),
}


def paragraph(rng, grammar, low=4, high=9, without=()):
    """Sentences of one or two topics (none of those in `without`), in an order that varies."""
    count = rng.randint(low, high)
    topics = rng.sample([name for name in sorted(TOPICS) if name not in without], 2 if rng.random() < 0.35 else 1)
    sentences = []
    for name in topics:
        patterns = TOPICS[name]
        take = min(len(patterns), max(2, count // len(topics)))
        sentences += rng.sample(patterns, take)
    done = []
    for pattern in sentences:
        link = grammar.expand(rng, "{link}") if done else ""
        text = grammar.expand(rng, pattern)
        done.append(f"{link} {lower_start(text, link)}" if link else text)
    return done


def join(rng, sentences):
    return (" " if rng.random() < 0.8 else rng.choice(["\n", "\n\n"])).join(sentences)


def plain(rng, grammar):
    return join(rng, paragraph(rng, grammar))


def letter(rng, grammar):
    body = join(rng, paragraph(rng, grammar, 3, 7))
    return f"{grammar.expand(rng, '{greet}')},\n\n{body}\n\n{grammar.expand(rng, '{bye}')}"


def support_chat(rng, grammar):
    """A customer and an agent, or a user and an assistant."""
    who, agent = rng.choice([("Customer", "Agent"), ("User", "Assistant"), ("Guest", "Support"), ("A", "B")])
    lines = [f"{who}: " + grammar.expand(rng,
    "[Hello,|Hi,|Good evening,] my {prod} {trouble}. [Can you help?|What now?|It has been like that since {day}.]")]
    answers = (
        "I'm sorry to hear that. Could you give me the number of your {prod}?",
        "Thanks for waiting. I can see that your {prod} {trouble}.", "Please restart the {thing} and sign in again.",
        "I have sent you a new link; it is valid for {n} hours.", "The refund takes {n} working days.",
        "Our workshop in {city} can look at it on {day}.",
    )
    asks = (
        "It's {num}-{num}, bought in {month}.", "I tried that {when}, it did not help.",
        "Ok, it works now, thank you!", "How long will that take?", "Can I change the address to {city}?",
        "That's fine, but I'm a bit disappointed.",
        "Great, you saved my {day}.", "And if it happens again?",
    )
    for _ in range(rng.randint(1, 4)):
        lines.append(f"{agent}: " + grammar.expand(rng, rng.choice(answers)))
        lines.append(f"{who}: " + grammar.expand(rng, rng.choice(asks)))
    return "\n".join(lines)


def code(rng, grammar):
    """A snippet with a question or a remark."""
    fn, var, item = (grammar.expand(rng, slot) for slot in ("{fn}", "{var}", "{var}"))
    fn, var, item = fn.lower(), var.lower(), item.lower()
    snippet = rng.choice([
        f"def {fn}({var}):\n    for {item[:-1]} in {var}:\n        yield {item[:-1]}.strip()",
        f"function {fn}({var}) {{\n  return {var}.filter(Boolean).map(String);\n}}",
        f"SELECT name, count(*) FROM {var} GROUP BY name HAVING count(*) > {rng.randint(1, 99)};",
        f"for f in *.{item}; do\n  {fn} \"$f\" || kill $PID\ndone",
        f"let {var} = {fn}({item})?;\nassert_eq!({var}.len(), {rng.randint(1, 99)});",
        f"try:\n    {var} = {fn}({item})\nexcept ValueError as error:\n    raise SystemExit(error)",
    ])
    before = grammar.expand(rng, rng.choice((
        "Why does this fail with {err}?", "Can you review this?", "What does this do?", "How do I make it faster?",
        "I get {err} in {fn}.", "It dies after {n} calls.", "Explain line {n}.", "Please add tests.",
    )))
    return f"{before}\n\n{snippet}" if rng.random() < 0.7 else f"{snippet}\n\n{before}"


def short(rng, grammar):
    return grammar.expand(rng, rng.choice(TOPICS[rng.choice(sorted(TOPICS))]))
