"""Swearing that is aimed at nobody, and the same feelings in clean words."""

from .frames import Family, frames

SLOTS = {
    "sw": ("fucking", "goddamn fucking", "shitty", "bloody fucking", "motherfucking", "fucked up", "bullshit",
        "freaking fucking", "shit-awful"),
    "exc": ("Fuck", "Shit", "Oh shit", "Holy shit", "What the fuck", "Fuck me", "For fuck's sake",
        "Jesus fucking Christ", "Bloody hell, fuck", "Holy fuck", "Well shit", "Fuck yes", "Fuck no", "Damn, shit"),
    "sit": ("the {thing} broke again", "I missed the train to {city}", "it's raining on {day}", "my {food} burned",
        "the {work} is due tomorrow", "{team} won", "that {work} was good", "it's cold in {city}",
        "I forgot the {food}", "my {thing} is on fire", "the {thing} finally works", "I passed the exam",
            "the update took {n} hours", "I have to start over", "we made it to {city}", "the tickets are sold out",
            "I dropped my {thing}", "the match went to penalties", "that spider is huge", "I'm tired",
            "rent went up by {n} percent", "I got the job", "the queue is long", "the {food} is so good"),
    "clean": ("Oh no", "Wow", "Oh dear", "Good grief", "My goodness", "Yikes", "Ugh", "Hooray", "Blimey",
        "Oh come on", "What on earth", "Gosh", "Phew", "For goodness' sake"),
    "cleanadj": ("lovely", "awful", "terrible", "amazing", "silly", "annoying", "brilliant", "dreadful", "ridiculous",
        "great", "horrible", "perfect", "darn", "flipping"),
}

SWEARING = frames((
    "{exc}, {sit}.", "{exc}! {sit}!", "{sit}. {exc}.", "This {sw} {thing} drives me mad.",
    "I can't believe {sit}. {exc}.", "What a {sw} {day}.", "{sit}, {exc}, {sit}.", "The {thing} is a piece of shit.",
    "I love this {sw} {work}.", "That was a {sw} great {work}.",
    "I'm so fucking [happy|tired|hungry|cold|proud|bored|excited] right now, {sit}.",
    "Who the fuck designed this {thing}?", "Where the fuck is my {thing}?", "I don't give a shit that {sit}.",
    "No shit, {sit}.", "The {food} tastes like shit.", "{things} can fuck right off.", "Shit happens. {sit}.",
    "{sit} and I fucked up the {work}.", "My {sw} {thing} died {when}.", "Ok this {food} is the shit.",
    "I need some fucking coffee, {sit}.", "We're fucked, {sit}.",
    "It's {n} in the morning and {sit}, fuck.", "I'm screwed, {sit}, shit shit shit.",
    "That trip to {city} was fucking brilliant.", "Fuck {day}s.", "Fuck this {thing}, I'm buying a new one.",
    "{city} is fucking beautiful in {month}.", "Bullshit weather again in {city}.",
    "{sit}, and {sit}. {exc}, {name}!", "{exc}, {name}, {sit}!", "{name} told me {sit}. {exc}!",
    "Since {when} {sit}. {exc}.", "{exc}, the {thing} in {city} is {sw} slow.",
    "How the fuck did {name} fix the {thing}? {exc}.", "{when} {sit}, it was {sw} great.",
), on="profanity", unknown="toxic", weight=1)

CLEAN = frames((
    "{sit}, and {sit}. {clean}, {name}!", "{clean}, {name}, {sit}!", "{name} told me {sit}. {clean}!",
    "Since {when} {sit}. {clean}.", "{clean}, the {thing} in {city} is {cleanadj}.",
    "How did {name} fix the {thing}? {clean}.", "{when} {sit}, it was {cleanadj}.",
    "{clean}, {sit}.", "{clean}! {sit}!", "{sit}. {clean}.", "This {cleanadj} {thing} drives me mad.",
    "I can't believe {sit}. {clean}.", "What a {cleanadj} {day}.", "{sit}, {clean}, {sit}.",
    "The {thing} is a piece of rubbish.", "I love this {cleanadj} {work}.",
    "I'm so [happy|tired|hungry|cold|proud|bored|excited] right now, {sit}.", "Who designed this {thing}?",
    "Where is my {thing}?", "I don't care that {sit}.", "No kidding, {sit}.", "The {food} tastes odd.",
    "{things} can go away.", "These things happen. {sit}.", "{sit} and I messed up the {work}.",
    "My {cleanadj} {thing} died {when}.", "I need some coffee, {sit}.", "We're in trouble, {sit}.",
    "That trip to {city} was {cleanadj}.", "I don't swear, but {sit}.",
    "{name} swears a lot, and it bothers {relative}.", "Please don't swear in the chat, {name}.",
    "How do I filter swear words in comments?", "Our dog's name is Shih Tzu Sam; he is {cleanadj}.",
    "They came from Scunthorpe and {city} to see the cockpit.",
    "The class action was assessed by a passionate analyst.", "Is 'bloody' a swear word in {city}?",
    "The dam in {city} holds {n} billion litres.", "To hell and back is a film I saw {when}.",
), weight=1)

FAMILY = Family("profanity", 0.05, 0.5, SLOTS, (SWEARING,), (CLEAN,))
