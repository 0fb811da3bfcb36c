"""Labels the silences in the HCRC Map Task, a corpus of recorded dialogues. The annotations of the corpus contain the
start and the end of each word, and mark the questions.

In each dialogue, one person describes a route on a map to the other person. The annotations contain no audio, so the
benchmark cannot use them to measure an end-of-turn detector, which needs audio. The transcripts were written by people,
and have no punctuation.
"""

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.endpointing.labels import Label, Labelled, Recording
from offhook.models.recorded_speech import Silence

__all__ = ["Word", "dialogues", "silences"]

_GAP = 0.25
"""Seconds of silence after which the VAD reports the end of a speech."""
_END = 0.26
"""Seconds from the end of the last word to the VAD's END_OF_SPEECH."""
_TURN = 0.4
"""If an utterance of the other person takes at least this many seconds, it is a turn. A shorter utterance is a
backchannel.
"""
_RECENT = 3.0
"""A turn answers a question only if the turn starts at most this many seconds after the question."""
_QUESTIONS = ("query_yn", "query_w", "check", "align")
_ID = re.compile(r"id\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its start and end in seconds. `question` is the full text of the question that contains the word, or
    "".
    """

    start: float
    end: float
    text: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class _Speech:
    """Successive words without a silence between them."""

    words: Sequence[Word]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def takes_turn(self) -> bool:
        return self.end - self.start >= _TURN


def dialogues(folder: Path) -> Iterator[Labelled]:
    """Yield the labelled silences of all dialogues. `folder` contains the folders `timed-units` and `moves`."""
    names = sorted({path.name.split(".")[0] for path in (folder / "timed-units").glob("*.g.timed-units.xml")})
    if not names:
        raise OSError(f"{folder} has no timed-units/*.g.timed-units.xml")
    for name in names:
        giver, follower = (list(_words(folder, f"{name}.{role}")) for role in "gf")
        for one, other in ((giver, follower), (follower, giver)):
            yield from silences(_recording(name), one, other)


def silences(recording: Recording, words: Sequence[Word], others: Sequence[Word]) -> Iterator[Labelled]:
    """Yield those silences of one person that have a known label. `words` are this person's words, and `others` are the
    other person's words.
    """
    speeches, turn = _speeches(words), list[_Speech]()
    theirs = _speeches(others)
    for at, speech in enumerate(speeches):
        turn.append(speech)
        resumed = speeches[at + 1].start if at + 1 < len(speeches) else math.inf
        label = _label(speech.end, resumed, theirs)
        if label is not None:
            silence = Silence(speech.start, speech.end, speech.end + _END, resumed, math.nan, math.nan)
            text = " ".join(word.text for part in turn for word in part.words)
            yield Labelled(silence, label, recording, text, _question(turn[0].start, others))
        if label in ("end", None):
            turn = []


def _label(stopped: float, resumed: float, others: Sequence[_Speech]) -> Label | None:
    """Return the label of a silence. Return None if the other person already speaks when the silence starts. Also
    return None if this person does not speak again, and the other person takes no turn.
    """
    if any(other.start <= stopped < other.end for other in others):
        return None
    if any(stopped < other.start < resumed and other.takes_turn for other in others):
        return "end"
    return None if math.isinf(resumed) else "inside"


def _question(start: float, others: Sequence[Word]) -> str:
    """Return the question that contains the other person's last word before a turn. Return "" if this word is in no
    question, or if the word ended more than 3 s before the turn.
    """
    at = bisect_left(others, start, key=lambda word: word.start)
    return others[at - 1].question if at and start - others[at - 1].end <= _RECENT else ""


def _speeches(words: Sequence[Word]) -> list[_Speech]:
    found: list[list[Word]] = []
    for word in words:
        if found and word.start - found[-1][-1].end < _GAP:
            found[-1].append(word)
        else:
            found.append([word])
    return [_Speech(one) for one in found]


def _words(folder: Path, name: str) -> Iterator[Word]:
    units = ET.parse(folder / "timed-units" / f"{name}.timed-units.xml").getroot()
    questions = _questions(folder / "moves" / f"{name}.moves.xml", units)
    for unit in units.iter("tu"):
        question = questions.get(unit.attrib["id"], "")
        yield Word(float(unit.attrib["start"]), float(unit.attrib["end"]), unit.text or "", question)


def _questions(path: Path, units: ET.Element) -> Mapping[str, str]:
    """Map the id of each word in a question to the text of the question."""
    ids = [unit.attrib["id"] for unit in units]
    texts = {unit.attrib["id"]: unit.text or "" for unit in units.iter("tu")}
    found = {}
    for move in ET.parse(path).getroot().iter("move"):
        if move.attrib["label"] not in _QUESTIONS:
            continue
        named = [one for child in move for one in _ID.findall(child.attrib["href"]) if one in ids]
        span = ids[ids.index(named[0]) : ids.index(named[-1]) + 1] if named else []
        question = " ".join(texts[one] for one in span if one in texts) + "?"
        found.update(dict.fromkeys(span, question))
    return found


def _recording(name: str) -> Recording:
    """Return the recording for a dialogue. Dialogues of the same people count as one recording. The first four letters
    of the name identify the people, and the hash of these letters decides whether the recording is held out.
    """
    people = name[:4]
    held_out = hashlib.sha256(people.encode()).digest()[0] % 2 == 1
    return Recording(Path(people), "map task", held_out, {})
