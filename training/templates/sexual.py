"""Sexual advances, descriptions and requests between adults; medicine, education, relationships, policy news.

Adults only: nothing here may name or suggest anyone under age (the generator drops such texts as well).
"""

from .frames import Family, fit, frames
from .shared_forms import WRITE

SLOTS = {
    "adult": ("my husband", "my wife", "my boyfriend", "my girlfriend", "my ex", "my lover", "the {job}",
        "a stranger from the bar", "my neighbour", "the bartender", "my colleague", "a divorced {job}", "my partner",
        "two married strangers",
              "the woman from the gym", "the man next door", "an escort", "my wife's friend"),
    "body": ("breasts", "tits", "ass", "thighs", "cock", "pussy", "dick", "lips", "nipples", "naked body", "curves",
        "bare back", "hips", "clit", "hard cock", "wet pussy"),
    "act": ("fuck", "suck", "lick", "ride", "undress", "taste", "kiss every inch of", "make love to", "spank",
        "touch", "tease", "tie up", "go down on", "sleep with", "strip for", "bend over for"),
    "acted": ("fucked me", "went down on me", "undressed me slowly", "rode me all night", "spanked me",
        "kissed my neck and then lower", "made me come", "licked me", "took me from behind",
        "pulled me into bed naked", "stripped for me", "moaned my name"),
    "mood": ("I'm so horny right now.", "I'm wet just thinking about it.", "I've been hard all day.",
        "I can't keep my hands off you.", "I'm naked and waiting.", "I want it rough tonight.",
        "I'm touching myself while I read this.", "Your body drives me wild.",
             "I want to hear you moan.", "Come over and fuck me.", "I need you inside me.", "I want to feel you come."),
    "wear": ("nothing but heels", "black lingerie", "a see-through top", "nothing at all", "a tiny thong",
        "only a towel", "stockings", "leather and nothing under it"),
    "wheresex": ("in the shower", "on the kitchen table", "in the hotel in {city}", "in the back of the car",
        "on the office desk after hours", "on the balcony", "in front of the mirror", "in our bed"),
    "ero": ("an erotic story", "a steamy sex scene", "a porn script", "an explicit love scene",
        "a smutty fan fiction", "a dirty roleplay", "an erotic poem", "a sexting message", "a hardcore scene"),
    "kink": ("bondage", "a threesome", "rough sex", "oral sex", "public sex", "foot worship", "a blindfold",
        "phone sex", "anal sex", "an affair", "a one-night stand", "spanking", "a strip game"),
    "health": ("an HIV test", "a breast cancer scan", "a pap smear", "a vasectomy", "the pill", "a prostate exam",
        "endometriosis", "erectile dysfunction", "a yeast infection", "chlamydia", "the menopause", "IVF",
        "painful periods", "a urinary infection",
               "syphilis", "the HPV vaccine", "low libido", "testicular cancer", "a hernia", "vaginal dryness",
               "herpes"),
    "anat": ("the cervix", "the prostate", "breast tissue", "the penis", "the vagina", "the ovaries", "the testicles",
        "the nipple", "the uterus", "the pelvic floor", "the clitoris", "sperm cells"),
    "age": ("35f", "41m", "29f", "48m", "52f", "37m", "44f", "60m", "33m", "39f", "woman, 46", "man, 55"),
    "rel": ("trust after an affair", "different libidos in marriage", "a long-distance relationship",
        "coming out to a partner", "a divorce", "planning a wedding", "jealousy", "dating after fifty", "consent",
        "moving in together", "a break-up", "the honeymoon"),
}

ADVANCES = frames((
    "{mood}", "{mood} {mood}", "I want to {act} you {wheresex}.", "I want to {act} your {body}.",
    "Send me a [nude|pic of your {body}|video in {wear}].", "I'm in {wear}. {mood}",
    "Let me {act} you until you beg for more.", "Show me your {body}, darling.",
    "You'd look so good in {wear}. I would {act} you {wheresex}.",
    "Can't stop thinking about your {body}. {mood}", "I dream of you in {wear}, {wheresex}. {mood}",
    "Wanna {act} me tonight? {mood}", "Nice {body}. Can I {act} you?", "I'd love to {act} {adult} {wheresex}.",
    "{age}, divorced, {city}, looking for {kink}. {mood}", "Anyone in {city} up for {kink} {whenx}? {mood}",
    "Hot single {job} wants {kink}. Dm me. {mood}", "Your place or mine? I want to {act} you {wheresex}.",
    "Tell me what you're wearing. {mood}",
    "I paid {n} hundred for {kink} with an escort in {city}. Worth it: she {acted}.",
    "Selling nudes and videos of my {body}, dm for prices.", "Subscribe to see me {wheresex} in {wear}.",
    "Not here to chat, I just want to {act} someone. {mood}", "My doctor says I'm healthy, so {mood}",
), on="any sexual", unknown="harassment toxic", weight=2.2)
SLOTS["whenx"] = ("tonight", "this weekend", "on {day}", "right now", "after work")

DESCRIPTIONS = frames((
    "{adult} {acted} {wheresex}.", "{when} {adult} {acted}, and I {did}.",
    "She slid out of her dress, {wear2}, and {adult2} {acted3} {wheresex}.",
    "He felt her {body} under his hands and she moaned.",
    "Their naked bodies moved together {wheresex} until they both came.",
    "I lay there in {wear} while {adult} {acted}. {mood}",
    "She begged him to {act} her, {wheresex}, again and again.",
    "True story: {adult} {acted} {wheresex}, then {adult} {acted}.",
    "He unzipped his trousers and she took his cock in her mouth.",
    "I watched {adult} undress, {body} and all, and touched myself.",
    "We tried {kink} {wheresex}, and it was the best orgasm of my life.",
    "The video shows a naked couple, her {body} in close-up, {wheresex}.",
    "Confession: {when} {adult} {acted} and I loved it.",
    "She opened her legs, he kissed her {body}, and {wheresex} the bed creaked for hours.",
    "His {body}, her {body}, sweat and moans {wheresex}.",
    "Grown woman, {n} drinks in, and the {job} {acted} {wheresex}.", "We met on an app. An hour later {adult} {acted}.",
), on="any sexual", unknown="toxic", weight=2)
SLOTS["did"] = ("begged for more", "came twice", "returned the favour", "was still wet in the morning",
    "moaned so loud the neighbours knocked", "wanted it again")
SLOTS["wear2"] = ("naked", "bare-breasted", "in {wear}", "slowly", "wet from the shower")
SLOTS["adult2"] = ("her lover", "her husband", "the {job}", "the other woman", "the stranger")
SLOTS["acted3"] = ("kissed her {body}", "took her from behind", "went down on her", "fucked her", "licked her {body}",
    "pulled her onto the bed")

REQUESTS = frames(fit(WRITE, piece="ero", topicw="kink", wherew="wheresex", didw="acted", picture="nudepic") + (
    "Write {ero} about {adult} and {adult}.", "Write {ero} with {kink} {wheresex}.",
    "Give me {ero} in which a grown {job} meets a {job} {wheresex}.", "Continue the story: {adult} {acted}.",
    "Describe {kink} {wheresex} in explicit detail.", "Pretend you are my lover and tell me how you would {act} me.",
    "Talk dirty to me. {mood}", "Roleplay: you're {adult}, you wear {wear}, and you want to {act} me.",
    "Make it hotter, describe the {body} and the moans.", "Write a sexting message to {adult} about {kink}.",
    "Describe your {body} to me, bot.", "Would you like to {act} me?",
    "Generate a picture of a naked adult woman in {wear}.",
    "photo of a nude model, {body}, {wheresex}, photorealistic", "Where can I find porn with {kink}?",
    "Recommend escorts in {city} for {kink}.",
    "Write an ad for an escort in {city} who offers {kink}.", "Tell me your filthiest fantasy about {kink}.",
    "Rewrite this scene so that {adult} {acted}.",
), on="any sexual", unknown="dangerous toxic", register="ask", weight=1.6)

SLOTS["nudepic"] = ("a nude woman in {wear}", "a naked man, {body} in full view", "a topless model",
    "a couple having sex", "an adult actress in {wear}, legs open", "a woman in {wear} touching herself",
    "a naked adult couple, explicit")

TENDER = frames(fit(WRITE, piece="tale", topicw="outing", wherew="wherenice", didw="diddo", picture="decentpic"),
register="ask", weight=1.8)
SLOTS["tale"] = ("a love story", "a funny scene", "a short story", "a film script", "a wedding speech", "a poem",
    "a birthday message", "a radio play", "a crime scene", "a ghost story", "a limerick", "a dinner scene")
SLOTS["outing"] = ("a game of chess", "a long walk", "a picnic", "a concert", "dinner and a film", "cooking {food}",
    "dancing lessons", "a hot bath", "a massage for sore feet", "a run in the park", "a blindfold tasting of wine",
    "a weekend in {city}", "tennis", "a museum visit", "rough weather", "a strip of beach", "an affair of state",
    "a public reading")
SLOTS["wherenice"] = ("in the kitchen", "on the kitchen table", "in the hotel in {city}", "in the back of the car",
    "in the office", "on the balcony", "in front of the mirror", "in our bed", "at the market",
    "on a train to {city}", "in the rain", "by the lake")
SLOTS["diddo"] = ("made me laugh", "cooked {food} for me", "kissed me goodbye", "asked me to dance",
    "read the paper to me", "sang all night", "massaged my sore shoulder", "took me out for dinner", "proposed to me",
    "beat me at {game}", "lent me a coat", "held my hand", "undressed the wound and cleaned it",
    "told me about {city}", "fell asleep on my arm", "fixed my {thing}", "went down the stairs with me",
    "pulled me onto the dance floor")
SLOTS["decentpic"] = ("a {job} at work", "an old couple holding hands", "a woman in a red coat",
    "a marble statue of Venus", "a dancer on stage", "a fat cat on a sofa", "a swimmer in the sea",
    "a bowl of {food}", "a bride and a groom", "a man in a suit", "an anatomical drawing of {anat}",
    "a model in a wool dress", "a bare tree in winter")

HEALTH = frames((
    "How long do I wait for the result of {health}?", "What should I know before {health}?",
    "Is {health} covered by insurance in {city}?", "My doctor mentioned {health}. What are the risks?",
    "Where is {anat} and what does it do?", "Which muscles hold {anat} in place?",
    "I had {health} {when} and feel fine.", "How is {health} treated?",
    "What does it mean if {anat} hurts after running?",
    "Does {health} affect whether sex hurts?", "Can I have sex {n} days after {health}?",
    "The nurse explained {health} and showed us a model of {anat}.", "How do condoms protect against {healthsti}?",
    "How does emergency contraception work?", "My wife found a lump in her breast; what happens at the clinic?",
    "How do I examine my own breasts for lumps?", "Is bleeding after sex a reason to see a doctor?",
    "Breastfeeding hurts and my nipples are sore. Any advice from nurses?",
    "How do I talk to my husband about {health}?", "Our textbook has a chapter on {anat} and one on {health}.",
    "Which cells turn into {anat} in mammals?", "I'm trans and asking about hormones and {anat}.",
), register="ask", weight=2)
SLOTS["healthsti"] = ("HIV", "chlamydia", "syphilis", "herpes", "gonorrhoea")

RELATIONS = frames((
    "How do couples deal with {rel}?", "{relative} asked me for advice on {rel}.",
    "We have been married {n} years and still hold hands in {city}.",
    "I kissed {name} goodnight at the station {when} and walked home smiling.",
    "I think I'm in love with {name}, the {job}. Should I ask for a coffee?",
    "No means no, and a good partner asks first.",
    "He asked if he could kiss her; she said yes, and they danced until {n}.",
    "Our counsellor talked with us about {rel}.", "What's a nice dress for a date in {city}?",
    "I don't want to have sex before marriage; how do I tell my fiance?",
    "We're trying for a baby and track my cycle.", "She wore a red dress to {event3} and looked great.",
    "My husband and I sleep in separate beds because he snores.",
    "I'm asexual and happy. How do I explain that to {relative}?",
    "A workshop on consent and {rel} takes place in {city} on {day}.", "Is it cheating to text your ex?",
    "The massage for my back {when} was painful but good.",
    "We slept together in one tent because it was so cold, {n} hikers and a dog.",
    "Write a sweet anniversary message for {adult0}.",
    "Write a love letter to {adult0} that mentions {city} and {food}.",
), register="post", weight=1.5)
SLOTS["event3"] = ("the opera", "the wedding", "the office party", "the reunion", "the premiere")
SLOTS["adult0"] = ("my husband", "my wife", "my partner", "my fiance", "my girlfriend of {n} years")

POLICY = frames((
    "Parliament voted on a law about {topic} {when}.", "The court in {city} ruled on {topic}.",
    "The museum in {city} shows nude paintings from the nineteenth century.",
    "{n} women accused the {job} of sexual harassment; the trial starts in {month}.",
    "The union published rules against sexual harassment at work.", "A survey on {topic} asked {n} thousand adults.",
    "Critics praised the film's honest look at {topic}.",
    "Police warn of scammers who threaten to publish intimate pictures.",
    "The city plans better lighting after reports of sexual assault.",
    "The clinic in {city} offers free {health} on {day}.", "Sex workers in {city} call for safer working conditions.",
    "The biologist describes how {animal} mate in {month}.",
), register="news", weight=1.1)
SLOTS["topic"] = ("same-sex marriage", "sex work", "abortion", "the price of contraception", "online pornography",
    "sexual harassment at work", "consent", "gender equality", "birth rates", "HIV prevention", "divorce")
SLOTS["animal"] = ("penguins", "snails", "elephants", "bees", "salmon", "toads", "albatrosses")

LOOKALIKES = frames((
    "The chicken breasts need {n} minutes in the oven, the thighs a bit longer.",
    "Screw the {thing} to the wall and check the nuts.", "The male plug goes into the female socket of the {thing}.",
    "Strip the old paint off the naked wood first.", "How do I strip a cable for the {thing}?",
    "My cock crows at {n} and the hens ignore him.", "We saw great tits and blue tits at the feeder in {month}.",
    "Hot and wet weather in {city} all week.", "The ass carried our bags up the hill.",
    "The pussy willow in our garden is in bloom.", "I love a hard climb and a slow ride on my bike.",
    "What a tease, the trailer shows nothing of the {work}.", "Dick and Fanny ran the hotel in {city} for {n} years.",
    "I came home {when}, took off my clothes and had a hot shower.",
    "Spank the dust out of the rug, then lick the stamp.", "Bare hands and naked flames are not allowed in the lab.",
    "The moan of the old {thing} kept me awake.", "She sucked on a lemon sweet to soothe her throat.",
    "The stripper removed the varnish from the table in {n} minutes.",
    "Bend over slowly and breathe, says the yoga teacher; feel the hips.",
), weight=0.9)

DECLINED = frames((
    "Please stop sending me messages about my {bodyp}. I'm not interested.",
    "A stranger sent me a nude {when}. I blocked and reported him.",
    "He asked me for nudes and I said no. How do I report it?",
    "My boss commented on my {bodyp}. HR is looking into it.", "How do I tell my partner I don't like {kinkp}?",
    "I won't write erotic stories, but I can help with a love story without explicit scenes.",
    "How do I filter porn from search results?", "I quit watching porn {n} months ago and my marriage is better.",
    "How can I block sexual messages on my {thing}?",
), weight=0.9, register="ask")
SLOTS["bodyp"] = ("breasts", "legs", "body", "figure", "looks")
SLOTS["kinkp"] = ("kissing in public", "some things in bed", "being tickled", "having the lights on")

FAMILY = Family("sexual", 0.12, 0.5, SLOTS, (ADVANCES, DESCRIPTIONS, REQUESTS), (TENDER, HEALTH, RELATIONS, POLICY,
LOOKALIKES, DECLINED))
