"""What is said in a drill: the caller's questions, and what a model would answer to each."""

from offhook.testing.sandbox.brain import Asked

__all__ = ["ANSWERS", "CUT_OFF", "LINES", "answers"]

ANSWERS = {
    "what are your opening hours": "We are open from noon until ten in the evening. The kitchen closes at nine.",
    "i would like to book a table for two people": (
        "On Sunday we are open from noon, and there is a table for two by the window. I have put it on your name."
    ),
    "what time is it": "It is a quarter past four in the afternoon. There is enough time before dinner.",
}
LINES = tuple(ANSWERS)
UNCLEAR = "I am sorry, I did not get that. Could you say that once more?"
OPENING = "Hello. How can I help you?"
CUT_OFF = "cut off after these words: "
"""How offhook tells a model where to go on; the rest of that line is what was heard."""


def answers(asked: Asked) -> str:
    """Answer the last question, from where an earlier answer was cut off if that is asked for."""
    questions = [line.text for line in asked.lines if line.role == "user"]
    if not questions:
        return OPENING
    answer = _answer(questions[-1])
    last = asked.lines[-1]
    if last.role == "system" and CUT_OFF in last.text:
        return _rest(answer, last.text.split(CUT_OFF, 1)[1])
    return answer


def _answer(question: str) -> str:
    words = question.casefold().strip(" .?!")
    for line, answer in ANSWERS.items():
        if line in words or (len(words.split()) > 3 and line.endswith(words)):
            return answer
    return UNCLEAR


def _rest(answer: str, told: str) -> str:
    """What of the answer was not heard, as far as the words that were heard are its beginning."""
    heard = told.split("\n", 1)[0].strip().strip("“”").rstrip(".").split()
    words = answer.split()
    for count in range(min(len(heard), len(words)), 0, -1):
        if [_bare(word) for word in heard[-count:]] == [_bare(word) for word in words[:count]]:
            return " ".join(words[count:])
    return answer


def _bare(word: str) -> str:
    return word.casefold().strip(".,!?…“”")
