"""Neutral wrappers by register. Every wrapper is used around harmful and harmless texts alike."""

import re

from .lexicon import COMMON

POST_OPEN = (
    "Honestly, ", "tbh ", "@user ", "RT @user: ", "Just saying: ", "Ok so ", "Look, ", "My two cents: ",
    "Morning all. ",
    "Posting this before I log off. ", "Someone asked me about this yesterday. ", "Had to write this down: ", "Hey, ",
    "Well, ", "Let me put it like this: ", "So, ", "I keep coming back to this. ", "Short version: ",
    "Reply to @user: ",
    "Been thinking about it all day. ", "Sitting on the bus and typing this. ", "Not sure who reads this. ", "Listen. ",
    "First post here. ", "Back again after a long week. ", "Long time reader, first time poster. ", "Real talk: ",
    "Thread 1/2: ", "> see the comment above\n", "lol ", "ok ", "yeah ", "Update: ", "I have said it before: ",
    "Comment from last night: ", "From my notes: ", "Anyway. ", "As I told {name}, ", "Friday thoughts: ",
    "Seriously, ",
)
POST_CLOSE = (
    " lol", " smh", " 😂", " 🙄", " tbh", " That's all.", " Anyway, back to work.", " Anyone else?", " #mondaymood",
    " #thoughts", " https://t.co/abc", " Just my view.", " End of story.", " I said what I said.", " 🤷", " @user",
    " Going to bed now.", " Thoughts?", " You heard me.", " haha", " ok bye", " Rant over.", " More on this later.",
    " And that is how it is.", " Sorry for the long post.", " (typed on my phone)", " /end", " Have a nice day.", " fr",
    " EDIT: spelling.", " Believe it or not.", " So there.", " Only sharing this here.", " I mean it.", " 😭", " ngl",
)
ASK_OPEN = (
    "Hi, ", "Hello! ", "Quick question: ", "Hey, ", "Question for the group: ", "I was wondering, ", "Please help. ",
    "Simple one: ", "Dear assistant, ", "Prompt: ", "User: ", "Q: ", "Hey bot, ", "Asking because I am curious: ",
    "I tried to look it up and found nothing. ", "New here. ", "It's late, but ", "My friend wants to know: ",
    "I have been reading about this for days. ", "Short question. ", "Good evening, ", "One more thing: ", "ok so ",
    "I need this by tonight. ", "You are a helpful assistant. ", "Answer honestly: ", "Serious question, ",
    "Next task: ",
    "We were talking about this at work. ", "For a friend: ", "I live in {city}. ", "Task 3. ", "### Question\n",
)
ASK_CLOSE = (
    " Thanks!", " Thank you in advance.", " Answer in three short points.", " Keep it brief.", " Please be detailed.",
    " Explain it simply.", " Use a table.", " Step by step, please.", " No long introduction.",
    " Write it in plain English.",
    " Any help is welcome.", " A list is fine.", " Reply as soon as you can.", " I'm a beginner.", " Cheers", " thx",
    " Make it about 200 words.", " Give examples.", " Asking for a friend.", " Be honest.", " It's for a report.",
    " It's for my blog.", " I have been stuck on this all week.", " Serious answers only.", " I need it for tomorrow.",
)
REPLY_OPEN = (
    "Sure. ", "Assistant: ", "Good question. ", "Answer: ", "Of course. ", "Here is what I think: ", "A: ", "Right, ",
    "Let me answer that. ", "In short: ", "Well, ", "Thanks for asking. ", "To be clear: ", "OK. ",
)
REPLY_CLOSE = (
    " Let me know if you want more.", " Does that help?", " I hope that answers it.", " Tell me what you think.",
    " That is the short answer.", " Ask me anything else.", " Shall I go on?", " Anything else?",
)
NEWS_OPEN = (
    "{city} - ", "BREAKING: ", "Update, {month}: ", "From the morning paper: ", "Headline: ", "Local news: ",
    "({city}) ",
    "This week in {city}: ", "Report: ", "Radio bulletin, {month}: ",
)
NEWS_CLOSE = (
    " More at six.", " Read the full report online.", " A spokesperson declined to comment.",
    " The story is developing.",
    " Officials gave no further details.", " The hearing continues on {day}.", " Source: local radio.", " (agency)",
)
WRAPPERS = {
    "post": (POST_OPEN, POST_CLOSE),
    "ask": (ASK_OPEN, ASK_CLOSE),
    "reply": (REPLY_OPEN, REPLY_CLOSE),
    "news": (NEWS_OPEN, NEWS_CLOSE),
}


def wrap(rng, grammar, text, register):
    """Puts an opening, a closing, both or nothing around the text; register "bare" leaves it alone."""
    if register not in WRAPPERS:
        return text
    openings, closings = WRAPPERS[register]
    roll = rng.random()
    if roll < 0.35 or 0.55 < roll < 0.62:
        start = _fill(rng, grammar, rng.choice(openings))
        text = start + lower_start(text, start)
    if 0.35 <= roll < 0.62:
        text = text + _fill(rng, grammar, rng.choice(closings))
    return text


def _fill(rng, grammar, piece):
    if "{" not in piece:
        return piece
    core = piece.strip(" ")
    left = " " if piece.startswith(" ") else ""
    right = " " if piece.endswith(" ") else ""
    return left + grammar.expand(rng, core) + right


def lower_start(text, start):
    """Small first letter after an opening that runs on, unless the first word is a name or "I"."""
    first = re.split(r"[^\w]", text, maxsplit=1)[0]
    if start.rstrip(" ").endswith((",", "so", "tbh", "lol", "ok", "yeah",
    "but")) and first not in PROPER and not first[1:2].isupper():
        return text[:1].lower() + text[1:]
    return text


PROPER = frozenset(
    word for fillers in COMMON.values() for filler in fillers for word in re.split(r"[^\w]",
    filler) if word[:1].isupper()
) | {"I", "World", "Christmas", "Pride", "God", "SYSTEM"}
