"""Fillers that several families share."""

WORK_PRAISE = ("Great {work}, {name}!", "The {work} made me laugh, well done.",
"Your {work} was the best thing I read {when}.",
               "I liked the {work}, {name}, the end most of all.", "Lovely {work}. More, please.")
