"""Judges a rehearsal: the caller's longest silence, the lines that the caller heard, and the end of the call."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.testing.drill.caller import Turn
from offhook.testing.drill.circumstances import Circumstance
from offhook.testing.drill.lines import ANSWERS, LINES
from offhook.testing.drill.rehearse import Rehearsal
from offhook.testing.drill.tone import LETTER

__all__ = ["Verdict", "judge"]

_RUN = 3
"""If this many successive words of an answer are played a second time, they count as a repetition."""
_EARLY = 0.3
"""The text of a line may come up to this many seconds after the beginning of its audio."""
_ROUNDING = 1.0
"""Because of rounding, the played audio may be up to this many seconds longer than the journal's words need."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The quality of a call for its caller."""

    silence: float
    """The caller's longest wait without any sound of the agent, in seconds."""
    answered: int
    """How many of the three questions were answered."""
    ended: str
    """How the call ended.

    "caller": the caller hung up after the last response. "left alone": the last question had no response, or nobody
    ended the call. All other values are offhook's reason codes for the end of a call.
    """
    heard: tuple[str, ...]
    repeated: int
    """How many sequences of three words were played more than once in an answer."""
    unreported: float
    """Seconds of the agent's audio that have no words in the journal."""
    missed: str = ""
    """Why the case is invalid (an error of the drill): the fault did not act, or the circumstance did not occur."""
    came: bool = False
    """True if the circumstance occurred; False without a circumstance."""

    @property
    def alone(self) -> bool:
        return self.ended == "left alone"


def judge(call: Rehearsal, *, circumstance: Circumstance | None = None) -> Verdict:
    """Judge one call. `circumstance` is what the drill combined with the fault; None for the fault alone."""
    turns = call.turns
    answered = {turn.line for turn in turns if turn.got == "answer"}
    return Verdict(
        silence=round(max((_silence(call, turn) for turn in turns), default=0.0), 1),
        answered=len(answered),
        ended=_ended(call),
        heard=tuple(_heard(call, turns[0].ended if turns else call.began, call.ended)),
        repeated=sum(_repeated(call, turn) for turn in turns),
        unreported=_unreported(call),
        missed=_missed(call, circumstance),
        came=call.came,
    )


def _missed(call: Rehearsal, circumstance: Circumstance | None) -> str:
    """Return why the case is invalid; "" for a valid case.

    The circumstance is not required if the call ended before the second question. The circumstance "sound" is never
    required, because the agent may never be silent long enough for the sound.
    """
    if not call.struck:
        return "the fault did not act"
    early = not any(turn.line == LINES[1] for turn in call.turns) and not call.hung_up
    if circumstance is None or call.came or early or circumstance.sound:
        return ""
    return f"the circumstance {circumstance.name!r} did not occur"


def _silence(call: Rehearsal, turn: Turn) -> float:
    """Return the longest gap in the agent's audio between the end of the question and the end of the caller's wait."""
    longest, since = 0.0, turn.ended
    until = min(turn.until, call.ended)
    for began, ended in call.earpiece.sound:
        if ended <= since or began >= until:
            continue
        longest = max(longest, began - since)
        since = max(since, ended)
    return max(longest, until - since)


def _ended(call: Rehearsal) -> str:
    turns = call.turns
    if call.hung_up:
        return "left alone" if not turns or not turns[-1].got else "caller"
    bodies = [record.body for record in call.records if record.name == "Ended"]
    reason = str(bodies[-1]["reason"]) if bodies else "open"
    return "left alone" if reason == "open" else reason


def _heard(call: Rehearsal, since: float, until: float) -> list[str]:
    """Return the agent's lines that began between `since` and `until`, each with only the words that were played."""
    lines = [line for line in call.earpiece.lines if since <= line.began <= until and line.text.strip()]
    starts = [line.began - _EARLY for line in lines]
    heard = []
    for line, start, end in zip(lines, starts, [*starts, until][1:], strict=True):
        sound = sum(max(0.0, min(ended, end) - max(began, start)) for began, ended in call.earpiece.sound)
        unread = line.ended == line.began  # only the journal reported this line, and only after its playout
        heard.append(line.text.strip() if unread else _heard_of(line.text, sound / LETTER * 1.1))
    return [text for text in heard if text]


def _heard_of(text: str, letters: float) -> str:
    """Return the first words of the text, up to this many characters."""
    words, count = text.split(), 0
    for at, word in enumerate(words):
        count += len(word) + 1
        if count > letters + 1:
            return " ".join(words[:at])
    return text


def _repeated(call: Rehearsal, turn: Turn) -> int:
    """Count the word sequences of the answer that were played twice before the caller spoke again."""
    answer = _plain(ANSWERS[turn.line])
    runs = {tuple(answer[at : at + _RUN]) for at in range(len(answer) - _RUN + 1)}
    said: set[tuple[str, ...]] = set()
    repeated = 0
    for text in _heard(call, turn.ended, turn.until):
        words = _plain(text)
        new = [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
        repeated += sum(1 for run in new if run in said and run in runs)
        said |= set(new)
    return repeated


def _unreported(call: Rehearsal) -> float:
    """Return how many seconds longer the audio is than the journal's words need; 0 for a rounding error."""
    sound = sum(min(ended, call.ended) - began for began, ended in call.earpiece.sound if began < call.ended)
    letters = sum(len(text) for text in _recorded(call))
    beyond = sound - letters * LETTER * 1.1
    return round(beyond, 1) if beyond > _ROUNDING else 0.0


def _recorded(call: Rehearsal) -> Sequence[str]:
    said = (record.body for record in call.records if record.name == "MessageCommitted")
    return [str(body["text"]) for body in said if body["role"] == "assistant"]


def _plain(text: str) -> list[str]:
    return [word.casefold().strip(".,!?…") for word in text.split()]
