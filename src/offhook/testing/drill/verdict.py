"""Judges a rehearsal: how long the caller waited in silence, what they heard, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.session.ledger import heard_of
from offhook.testing.drill.hum import LETTER
from offhook.testing.drill.lines import ANSWERS
from offhook.testing.drill.person import Turn
from offhook.testing.drill.rehearse import Rehearsal

__all__ = ["Verdict", "judge"]

_RUN = 3
"""So many words in a row, said a second time, are a repetition and no coincidence."""
_EARLY = 0.3
"""Seconds that a line's words may come after its sound."""
_UNTOLD = 1.0
"""Seconds of sound without words in the record that are no rounding."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the caller would say of this call."""

    silence: float
    """The longest time that they heard nothing after they had spoken."""
    answered: int
    """Of three questions."""
    ended: str
    """By whom and why: "caller" when all was said, "left alone" when the last thing they heard was nothing."""
    heard: tuple[str, ...]
    repeated: int
    """Words that were said again after they had been heard in the same answer."""
    untold: float
    """Seconds of the agent's voice that the record has no words for."""

    @property
    def alone(self) -> bool:
        return self.ended == "left alone"


def judge(call: Rehearsal) -> Verdict:
    """The verdict on one call."""
    turns = call.turns
    answered = {turn.line for turn in turns if turn.got == "answer"}
    return Verdict(
        silence=round(max((_silence(call, turn) for turn in turns), default=0.0), 1),
        answered=len(answered),
        ended=_ended(call),
        heard=tuple(_heard(call, turns[0].ended if turns else call.began, call.ended)),
        repeated=sum(_repeated(call, turn) for turn in turns),
        untold=_untold(call),
    )


def _silence(call: Rehearsal, turn: Turn) -> float:
    """The longest stretch without the agent's voice, from the caller's last sound to what they went on with."""
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
    """What the agent said in that time, each line as far as there was sound for it."""
    lines = [line for line in call.earpiece.lines if since <= line.began <= until and line.text.strip()]
    starts = [line.began - _EARLY for line in lines]
    heard = []
    for line, start, end in zip(lines, starts, [*starts, until][1:], strict=True):
        sound = sum(max(0.0, min(ended, end) - max(began, start)) for began, ended in call.earpiece.sound)
        unread = line.ended == line.began  # told by the record alone, when it was over
        heard.append(line.text.strip() if unread else heard_of(line.text, sound / LETTER * 1.1)[0])
    return [text for text in heard if text]


def _repeated(call: Rehearsal, turn: Turn) -> int:
    """Words of the answer that were said twice before the caller spoke again."""
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


def _untold(call: Rehearsal) -> float:
    """Sound beyond the letters that the record has."""
    sound = sum(min(ended, call.ended) - began for began, ended in call.earpiece.sound if began < call.ended)
    letters = sum(len(text) for text in _recorded(call))
    beyond = sound - letters * LETTER * 1.1
    return round(beyond, 1) if beyond > _UNTOLD else 0.0


def _recorded(call: Rehearsal) -> Sequence[str]:
    said = (record.body for record in call.records if record.name == "Said")
    return [str(body["text"]) for body in said if body["role"] == "assistant"]


def _plain(text: str) -> list[str]:
    return [word.casefold().strip(".,!?…") for word in text.split()]
