"""Everyday sentences by topic, for long harmless paragraphs."""

TOPICS = {
    "recipe": (
        "Peel {n} potatoes and cut them into cubes.", "Heat some oil in a wide pan and fry the onions until they are soft.", "Beat the eggs with a little milk and a pinch of salt.", "Leave the dough in a warm place for {n} hours.", "The {food} goes well with bread and a green salad.",
        "My grandmother from {city} always added lemon at the end.", "Bake it for {n} minutes at medium heat, then check with a knife.", "Season to taste; I like a lot of pepper.", "You can freeze what is left for up to {n} weeks.", "Serve it hot, with {food} on the side.", "If the sauce is too thick, add a spoon of water.",
    ),
    "travel": (
        "We took the early train to {city} and had breakfast on the way.", "The hotel was small but clean, and the owner, {name}, gave us a map.", "On {day} we walked along the river until our feet hurt.", "The museum is closed on {day}, so plan around it.", "A ticket costs {n} euros if you book in {month}.",
        "It rained for {n} hours, but the old town is pretty in the rain.", "We ate {food} at a market stall and went back for more the next day.", "The view from the tower is worth the {n} hundred steps.", "On the way back our luggage went to {city} without us.", "I would go again, though not in {month}, when it is crowded.", "The bus driver waited for us, which I found very kind.",
    ),
    "product": (
        "I bought this {thing} in {month} and use it nearly every day.", "The battery lasts about {n} hours, less than the box says.", "Setting it up took {n} minutes, mostly because of the password.", "The manual is badly translated, but the pictures help.", "It is quieter than my old {thing} and a little heavier.",
        "After {n} weeks the lid came loose, and the shop sent a new one.", "For the price it is hard to find anything better.", "My {job} friend has the same one and is happy with it.", "I would give it {n} out of twenty points.", "The colour is darker than in the photos.", "Customer service in {city} answered within a day.",
    ),
    "office": (
        "The meeting on {day} was moved to the room on the third floor.", "{name} will present the numbers for {month}.", "We need {n} more testers before the release.", "The printer on our floor is out of order again.", "Please send me your part of the {work} by {day}.", "The budget was cut by {n} percent, so we have to choose.",
        "After lunch {name} showed us the new plan.", "I took notes and will share them with everyone.", "Our client in {city} asked for a shorter version.", "The new {job} starts in {month} and will sit next to {name}.", "There is cake in the kitchen, because {name} passed her exam.",
    ),
    "garden": (
        "The tomatoes are late this year because {month} was so cold.", "I planted {n} rows of beans behind the shed.", "Slugs ate half of the lettuce, so I put up a copper ring.", "The neighbour's apple tree hangs over our fence, and we share the fruit.", "Water early in the morning, not in the midday heat.", "A hedgehog lives under the compost heap.",
        "{name} gave me cuttings of her roses.", "The soil here is heavy clay, so I dig in some sand.", "We hang nets over the cherries to keep the birds away.", "In {month} I cut the hedge and clean the tools.", "Nothing tastes better than your own {food} with garden herbs.",
    ),
    "sport": (
        "{team} played well in the first half but lost {n} to one.", "The new coach comes from {city} and likes to attack early.", "{name} scored twice and then limped off.", "I ran {n} kilometres {when} and my knees let me know.", "Our club needs a referee for {day}.", "Tickets for the final were gone in {n} minutes.",
        "The crowd sang until the lights went out.", "Training is on {day}, bring water and a towel.", "The defence was weak, and the goalkeeper had no chance.", "It was a fair game, both sides shook hands.", "In {month} the season is over and we can all rest.",
    ),
    "town": (
        "The council of {city} wants to build {n} hundred flats near the station.", "Residents complained about noise from the building site.", "A new bus line will open in {month}.", "The library stays open until {n} on {day}.", "The bridge is closed for repairs, so expect delays.", "The mayor cut the ribbon and thanked the volunteers.",
        "Shops on the main street report good sales.", "The old cinema is being turned into {n} studios.", "Rubbish will be collected one day later because of the holiday.", "At the meeting {name}, a {job}, asked who would pay for it.", "The vote is planned for {month}.",
    ),
    "weather": (
        "A cold front moves in from the north on {day}.", "Expect up to {n} centimetres of snow in the hills.", "The wind will be strong near the coast.", "In {city} it was the driest {month} in {n} years.", "Take an umbrella, it may pour in the afternoon.", "The river rose by {n} centimetres overnight.", "By the weekend the sun comes back.", "Farmers hope for rain before {month}.",
        "The storm blew down {n} trees, nobody was hurt.",
    ),
    "family": (
        "{relative} called {when} and told me about the new flat.", "We are {n} people at the table on {day}.", "My grandmother still knits socks for everyone.", "The dog ate the {food} when nobody was looking.", "{name} is learning to play the piano and practises all day.", "We looked at old photos from {city} and laughed a lot.",
        "My father wants to sell the house and move to {city}.", "For the wedding we need {n} chairs and a bigger tent.", "I miss them more than I thought I would.", "We argue about politics and then do the dishes together.", "The cat sleeps on my {thing} and I let her.",
    ),
    "study": (
        "The course has {n} lectures and an exam in {month}.", "I wrote my {work} on the history of {city}.", "Our professor speaks fast, so I record everything.", "The library has only {n} copies of the book.", "We study in a group on {day}, everyone explains one chapter.", "I understood the second part only after drawing it.", "The deadline was moved by {n} days.",
        "The essay asks how trade changed the region.", "I got a better grade than I feared.", "Statistics is hard at first and useful later.",
    ),
    "science": (
        "The researchers measured the light of {n} distant stars.", "Water expands when it freezes, which is why pipes burst.", "The study followed {n} thousand people for {n} years.", "Bees find their way back with the help of the sun.", "The results were published in {month} and still need to be repeated.", "Cells divide, and some of them die as planned.", "The team from {city} built a cheaper sensor.",
        "Volcanoes bring minerals to the surface.", "A virus needs a host cell to multiply.", "The model predicts the tides with an error of {n} percent.",
    ),
    "history": (
        "The city wall of {city} was built in {n} years.", "Trade in salt and wool made the region rich.", "In the war the town was destroyed and later rebuilt.", "The queen signed the treaty in {month}.", "Letters from that time describe hunger and cold.", "The revolt began with a tax on bread.", "Only {n} of the ships came back.", "The archive holds {n} thousand documents about the trial.",
        "Workers went on strike for {n} weeks.", "A plague had emptied whole villages.", "The museum shows the weapons and the plain soup bowls of the soldiers.",
    ),
    "health": (
        "My back hurts when I sit for more than {n} hours.", "The doctor told me to swim and to drink more water.", "The waiting room was full, but the {job} next to me told good stories.", "I sleep better since I leave my phone in the kitchen.", "The vaccination took {n} minutes and my arm was sore.", "She broke her wrist on the ice in {month}.", "I walk {n} thousand steps a day now.",
        "The pharmacist explained how to take the tablets.", "After the operation he could go home on {day}.", "My glasses are {n} years old and scratched.",
    ),
    "money": (
        "Rent went up by {n} percent in {month}.", "I put {n} euros aside every week.", "The bank changed the fees without telling anyone.", "We compare prices before buying a new {thing}.", "My tax refund arrived on {day}.", "The old car costs more than it is worth.", "{name} helped me to read the contract.", "A cheaper insurance saved us {n} hundred a year.", "I cancelled {n} subscriptions I never used.",
    ),
    "books": (
        "I finished the novel in {n} days.", "It is about a {job} who moves to {city} to forget her past.", "The middle is slow, and the end surprised me.", "The writer loves long sentences and the sea.", "My favourite character is the old {job} with the parrot.", "There is a murder in chapter {n}, but it is not a crime story.", "I lent it to {name}, who cried.", "The translation reads well.",
        "The film version cuts {n} chapters.", "I would read it again on a train.",
    ),
    "music": (
        "The band played for {n} hours and nobody sat down.", "The singer comes from {city} and works as a {job}.", "The second song has a lovely bass line.", "I have listened to the record {n} times since {day}.", "The drummer broke a stick and went on.", "Tickets were cheap and the sound was good.", "Our choir rehearses on {day}.", "The old {thing} in the corner crackles, and I love it.",
    ),
    "software": (
        "The update brings {n} fixes and one new menu.", "I moved our data to the new server on {day}.", "The test failed because of a wrong time zone.", "{name} found the bug in the login form.", "Restart the service if the queue grows above {n} thousand.", "We deleted {n} files that nobody used.", "The log says that the worker was killed after {n} seconds.", "Please rename the branch before you merge.",
        "The documentation is out of date.", "Version {n} runs on older phones as well.", "Backups run at {n} every night.",
    ),
    "home": (
        "The kitchen tap drips, so I bought a new seal.", "We painted the hall white and the door green.", "{name} helped me carry the {thing} up {n} floors.", "The heating makes a strange noise at night.", "I hung {n} shelves and only one of them is crooked.", "The neighbours are friendly and lend us their ladder.", "On {day} the electrician comes.", "There is a spider in the bath, her name is {name}.", "The carpet took {n} hours to clean.",
    ),
    "work_life": (
        "I work as a {job} in {city} and start at {n}.", "My colleague {name} makes the best coffee.", "The shift on {day} is the longest.", "I thought about changing jobs, but I like the people.", "We had {n} customers before noon.", "The boss is strict and fair.", "After work I cycle home along the canal.", "Training a new {job} takes {n} months.", "I learned more from mistakes than from courses.", "They pay on time, and that matters.",
    ),
    "animals": (
        "Our cat brought a mouse and was very proud.", "The vet said the dog should lose {n} pounds.", "We counted {n} geese on the lake.", "A fox crosses the garden at {n} every night.", "The zoo in {city} has a new elephant.", "Owls hunt at dusk and can turn their heads far round.", "{name} found a lost parrot and put up posters.", "The horse was lame, but it is better now.", "Ants carry many times their own weight.",
    ),
    "events": (
        "The party starts at {n} and everyone brings something to eat.", "{name} is making {food} for {n} guests.", "There will be live music from {city}.", "Please tell us by {day} if you are coming.", "The raffle raised {n} hundred for the shelter.", "We need help with the chairs on {day}.", "Last year the fireworks were cancelled because it was so dry.", "Speeches will be short, {name} promised.", "The photos will be online in {month}.",
    ),
}
