"""The spoken lines of a drill: the caller's questions and the model's answers."""

from offhook.session.outbound.retry_answer import CUT_OFF
from offhook.testing.drill.moment import Moment
from offhook.testing.sandbox.llm import Answer, Asked

__all__ = ["ANSWERS", "LINES", "answers"]

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
_CUT_OFF = CUT_OFF.partition("{heard}")[0]
"""offhook's retry instructions start with this text. The text that was played follows on the same line."""


def answers(asked: Asked, moment: Moment | None = None) -> Answer | str:
    """Return the answer to the last question; after retry instructions, only the part that was not played.

    If the circumstance has a tool for this question, return the tool call first, and the answer at the next request.
    """
    questions = [line.text for line in asked.lines if line.role == "user"]
    if not questions:
        return OPENING
    answer = _answer(questions[-1])
    tool = moment.tool(1 + list(ANSWERS.values()).index(answer), asked) if moment and answer != UNCLEAR else None
    if tool is not None:
        return tool
    last = asked.lines[-1]
    if last.role == "system" and _CUT_OFF in last.text:
        return _rest(answer, last.text.split(_CUT_OFF, 1)[1])
    return answer


def _answer(question: str) -> str:
    words = question.casefold().strip(" .?!")
    for line, answer in ANSWERS.items():
        if line in words or (len(words.split()) > 3 and line.endswith(words)):
            return answer
    return UNCLEAR


def _rest(answer: str, cut_off: str) -> str:
    """Return the unplayed part of the answer; the whole answer if none of its words were played."""
    heard = cut_off.split("\n", 1)[0].strip().strip("“”").rstrip(".").split()
    words = answer.split()
    for count in range(min(len(heard), len(words)), 0, -1):
        if [_bare(word) for word in heard[-count:]] == [_bare(word) for word in words[:count]]:
            return " ".join(words[count:])
    return answer


def _bare(word: str) -> str:
    return word.casefold().strip(".,!?…“”")
