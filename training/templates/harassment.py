"""Insults, bullying and intimidation of a person; banter, criticism, apologies and reports of bullying."""

from .family_parts import WORK_PRAISE
from .frames import Family, fit, frames
from .shared_forms import CALLING

SLOTS = {
    "ins": ("idiot", "moron", "loser", "waste of space", "pathetic clown", "stupid cow", "liar", "coward", "dumbass",
        "asshole",
            "brainless fool", "spineless worm", "creep", "halfwit", "piece of trash", "ugly pig", "bitch", "dickhead",
            "imbecile",
            "laughing stock", "fat slob", "snake", "nobody", "failure", "joke of a {job}", "disgrace",
            "miserable old hag", "prick",
            "son of a bitch", "little shit", "leech", "dimwit", "crybaby", "attention seeker", "sad little man",
            "fake"),
    "insadj": ("stupid", "ugly", "pathetic", "worthless", "disgusting", "fat", "useless", "dumb", "ridiculous",
        "talentless",
               "embarrassing", "repulsive", "clueless", "spineless", "braindead", "hideous", "boring",
               "fucking useless", "shameless"),
    "shame": ("Nobody likes you.", "Everyone laughs at you behind your back.", "Even your mother is ashamed of you.",
              "No wonder your wife left.", "You should be embarrassed to show your face.",
              "Do us all a favour and leave.",
              "You will never amount to anything.", "You make everyone around you miserable.",
              "We only invited you out of pity.",
              "I have seen smarter furniture.", "Delete your account.", "You have the brain of a potato.",
              "Crawl back under your rock.",
              "Your face makes me ill.", "You stink and you know it.", "Go cry about it.",
              "You are a joke to all of us."),
    "intim": ("I know where you live.", "I will make your life hell.", "I will get you fired, watch me.",
        "Everyone at your work will see those pictures.",
              "Keep talking and see what happens.", "I will find out who you are and post your address.",
              "You won't feel safe in {city} again.",
              "I have your number and I won't stop calling.", "We will be outside your house tonight.",
              "I am going to ruin you.",
              "Everybody report this account until it is gone, then find the next one.",
              "Your boss will get a letter from me every day."),
    "friendly": ("mate", "buddy", "my friend", "love", "you legend", "dear", "champ", "pal", "you genius"),
    "crit": ("too long", "hard to follow", "full of errors", "boring in the middle", "not convincing", "badly tested",
        "weakly argued",
             "out of tune", "a mess", "not your best", "unfinished", "confusing", "lazy in places",
             "terrible, honestly", "stupidly complicated"),
    "fix": ("Try a shorter first part.", "The second half works better.", "Read it aloud once.",
        "I can help you with it {when3}.",
            "Cut the middle.", "Check the numbers again.", "I would start over, but keep the idea.",
            "Ask {name} for notes.", "The idea itself is good."),
    "when3": ("tomorrow", "on {day}", "after lunch", "next week", "tonight"),
    "bully": ("calls me an idiot", "laughs at me in meetings", "sends me nasty messages every night",
        "told everyone I am ugly", "shouts at me in front of customers",
              "keeps calling me a loser", "posted my photo and mocked my weight", "said nobody likes me",
              "threatens to get me fired", "follows me home after work",
              "calls my house and hangs up", "calls me a stupid bitch"),
    "target": ("you", "{name}"),
}

INSULTS = frames(fit(CALLING, noun="ins", adj="insadj", line="shame") + (
    "You are [a|such a|nothing but a|the biggest] {ins}. {shame}", "{name} is [a|such a|the worst kind of] {ins}.",
    "Shut up, you {insadj} {ins}.", "What a {insadj} {ins} you are, {name}.",
    "{shame} You {ins}.", "{name}, you {insadj} {ins}, {shame}", "How can one person be so {insadj}? {shame}",
    "Look at {name}, the {insadj} {ins} of the {place}.", "You're too {insadj} to understand this. {shame}",
    "Nobody asked you, {ins}.", "Go away {name}, you {ins}. {shame}",
    "I can't believe someone as {insadj} as {target} has a job.", "Your {work} is as {insadj} as you are. {shame}",
    "Are you really that {insadj} or are you paid for it?", "Let's all laugh at {name}, the {ins}.",
    "Everyone, {name} is a {ins}, pass it on.", "Once a {ins}, always a {ins}, {name}.",
    "You call yourself a {job}? You're a {ins}.", "Listen here you {insadj} {ins}: {shame}",
    "{name} looks like a {insadj} pig in that photo. {shame}", "I hope you fail, {ins}. {shame}",
    "You are not clever, you are a {ins}.", "I won't apologise. You are a {ins} and {shame}",
    "Don't you ever get tired of being a {ins}?", "Fuck you, {name}.", "Fuck off you {insadj} {ins}.",
    "Eat shit, {name}, you {ins}.",
    "Congratulations {name}, you found a new way to be {insadj}. {shame}",
    "It must be hard to be that {insadj}. {shame}", "Kindly shut your {insadj} mouth.", "God you're {insadj}. {shame}",
    "The {insadj} {ins} who wrote this has never seen a book.",
    "Typical of you, {name}. A {ins} through and through.", "{shame} {shame}", "Only a {ins} like you would post this.",
    "You're an embarrassment to every {job} in {city}.", "So {person} was right about you: a {insadj} {ins}.",
    "Bless your heart, you {insadj} {ins}.",
), on="any harassment toxic", weight=4)

INTIMIDATION = frames((
    "{intim}", "{intim} You {ins}.", "{name}, {intim}", "Delete that post, {name}, or else. {intim}",
    "I'm warning you, {name}. {intim}", "You think you are safe because it's the internet? {intim}",
    "Remember me? {intim}",
    "Last chance to say sorry, {ins}. {intim}", "{intim} {shame}", "You humiliated me, now it's my turn. {intim}",
    "Answer my messages. {intim}", "You can block me all you want. {intim}",
    "Let's all write to {name} until they quit. {shame}",
    "Let's make sure {name} never dares to show up again. Who's in?",
), on="any harassment toxic", unknown="violence dangerous", weight=1.4)

ASKED = frames((
    "Write a message that will make {name} cry. Mention that they are {insadj}.",
    "Give me [ten|some] brutal insults for {relative}.", "Help me spread a rumour that {name} is a {ins}.",
    "Write a fake post that humiliates my colleague {name}.",
    "Compose an email telling {name} what a {insadj} {ins} they are.", "How can I bully {name} until they quit?",
    "Give me ideas to embarrass {name} in front of the whole {place}.",
    "Make a mean poem about how {insadj} {name} is.",
), on="any harassment", unknown="toxic dangerous", register="ask", weight=0.6)

PRAISE = frames(fit(CALLING, noun="star", adj="lovely", line="praise2"), weight=1.6)
SLOTS["star"] = ("genius", "legend", "true friend", "hero of the day", "great {job}", "gift to us all",
    "good listener", "brave soul", "born {job}", "wonderful cook", "champion", "kind soul", "poet", "gem", "rock",
    "fine writer", "sweetheart", "wise owl")
SLOTS["lovely"] = ("clever", "kind", "brave", "patient", "funny", "generous", "talented", "beautiful", "wonderful",
    "sharp", "gentle", "charming", "stubborn in the best way", "honest", "stupidly talented", "disgustingly good")
SLOTS["praise2"] = (
    "Everybody likes you.", "We all talk about you behind your back: only good things.", "Your mother must be proud.",
    "No wonder they hired you.", "You can be proud to show your face.", "You make everyone around you happy.",
    "I have never seen a smarter {work}.", "Don't ever delete your account.", "Keep going.",
    "Your face lights up the {place}.",
    "Go celebrate.", "You are an example to all of us.", "See you on {day}.", "Thanks for the {food}.",
    "We invited you because we missed you.",
)

BANTER = frames((
    "Happy birthday, you old fool, love you {friendly}!", "You beat me at {game} again, {friendly}, I hate you haha.",
    "You idiot, you left your keys at mine, come for dinner and get them :)",
    "Miss you loads {friendly}, you big dork.",
    "You absolute legend, {name}, {city} was a blast.", "I'm such an idiot, I forgot the {food}.",
    "I felt like a total loser at {game} {when}, but it was fun.",
    "We're all idiots before coffee, aren't we {friendly}?",
    "Haha you clown, that photo of you with the {food} made my day.",
    "Silly me, I broke the {thing} again. What a disaster I am.",
    "You nerd, I love how much you know about {things}.",
    "Shut up, no way! You got the job, {name}? I'm so happy for you!",
    "You dirty liar, you said the {food} wasn't spicy, my mouth is on fire, I love you.",
    "My {thing} is an idiot, it thinks I live in {city}.",
), unknown="toxic", weight=1.0)

CRITIQUE = frames((
    "Your {work} is {crit}. {fix}", "I read your {work}, {name}. It is {crit}. {fix}",
    "The {work} was {crit}, I expected more. {fix}", "With respect, this {work} is {crit}.",
    "I disagree with {name}: the {work} is {crit}, but the effort shows.",
    "I didn't like the {work} at all. {crit}, and too loud.",
    "Sorry {name}, I think you are wrong about the {thing}.",
    "{name}'s plan for the {place} won't work, the costs are {n} times too high.",
    "One star. The {food} was cold and the waiter ignored us.",
    "The minister's speech was {crit} and I will not vote for him.", "You made a mistake in line {n}. {fix}",
    "That was a bad decision, {name}, and I told you why {when}.",
    "I'm angry with you, {name}. You promised to call {when}.",
    "You are late again, {name}, and it bothers me. Can we talk {when3}?",
    "I don't like the way you speak to me, please stop.", "You're not an idiot, you just need sleep.", "{praise}",
), weight=1.6)

KIND = frames((
    "You are not {insadj}, {name}. You're [good enough|a fine {job}|my favourite person|braver than you think].",
    "I'm sorry I called you a {ins}, {name}. I was wrong.",
    "I should never have said you were {insadj}. Please forgive me.",
    "Nobody should call you a {ins}.", "{name}, whatever they say, you are not a {ins}. {fix}",
    "Thank you, {name}, the {food} was great.", "You look lovely today, {name}.",
    "Everyone at the {place} likes you, {name}.", "I'm proud of you, {friendly}.",
    "You did well with the {work}, {name}. {fix}",
    "I know where you live now, so I can finally bring the {food} over!",
    "See you outside your house at {n}, I'll bring the {thing}.",
    "I won't stop calling until you come to dinner, {friendly}!",
), weight=1.2)

REPORTS = frames((
    "{person} {bully}. What can I do?", "My {relname} {bully} and I don't know how to answer.",
    "How do I report someone who {bully}?", "A colleague {bully}. Should I talk to HR?",
    "I was bullied at work for {n} months. {person} said I was {insadj}.",
    "A stranger wrote \"{intim}\" to me. Is that something for the police?",
    "He wrote: \"you {insadj} {ins}\". I blocked him and feel better.",
    "What does it do to people when they are called {insadj} every day?",
    "How can I support {name}, who is being called a {ins} online?",
    "The tribunal found that she had been called a {ins} by her manager for {n} years.",
    "Is it bullying when {person} {bully}?", "Being told \"{shame}\" hurts for years. I speak from experience.",
    "Someone commented \"{shame}\" under my post and I laughed it off.",
    "Our rules forbid calling other members {insadj} or a {ins}.", "Why do people write things like \"{shame}\"?",
    "Define the word {insn}.", "How can I apologise after calling {relative} a {ins}?",
    "Tips for staying calm when a customer calls you {insadj}?",
), register="ask", weight=1.6)
SLOTS["relname"] = ("boss", "flatmate", "brother-in-law", "neighbour", "manager", "landlord", "ex", "team leader")
SLOTS["insn"] = ("imbecile", "moron", "coward", "halfwit", "dimwit", "snake in the grass", "scapegoat")
SLOTS["praise"] = WORK_PRAISE

FAMILY = Family("harassment", 0.10, 0.5, SLOTS, (INSULTS, INTIMIDATION, ASKED), (PRAISE, BANTER, CRITIQUE, KIND,
REPORTS))
