"""Labels each silence in the recordings: has the speaker finished? The labels come from data in the manifest."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from offhook.models.recorded_speech import Silence

__all__ = ["KINDS", "Label", "Labelled", "Recording", "label", "recordings"]

Label = Literal["inside", "sentence", "end"]
"""`inside`: the speaker continues the sentence. `sentence`: the speaker starts another sentence. `end`: the speaker has
finished.
"""

KINDS: Mapping[str, str] = {
    "call-channel": "calls",
    "call-mono": "calls",
    "meeting": "meetings",
    "command": "orders",
    "read": "read",
    "speech": "read",
    "monologue": "free speech",
}
"""Maps the kinds of recordings in the manifest to the kinds in the tables. Kinds without pauses in speech are left out.
"""

_LABELS: Mapping[str, Label] = {
    "hold": "inside",
    "hold-backchannel": "inside",
    "inside": "inside",
    "inside-comma": "inside",
    "hold-sentence": "sentence",
    "sentence": "sentence",
    "shift": "end",
}
_NEAR = 0.15
"""The largest accepted difference in seconds between the start of a pause in the manifest and the start that the
benchmark finds. The starts differ because the manifest was made with another VAD.
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of the manifest. If `held_out` is True, offhook's presets were not fitted to this recording,
    although the developers have seen the results for it.
    """

    path: Path
    kind: str
    held_out: bool
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A silence with its label. `text` is the transcript of the turn up to the silence, or "" if the transcript is
    unknown. `question` is the other person's question just before the turn, or "".
    """

    silence: Silence
    label: Label
    recording: Recording
    text: str
    question: str = ""


def recordings(folder: Path) -> list[Recording]:
    """Return the recordings whose kind is in `KINDS`. Raises OSError or ValueError if the folder has no readable
    manifest.
    """
    manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    return [
        Recording(folder / entry["file"], KINDS[entry["kind"]], _held_out(folder / entry["file"]), entry)
        for entry in manifest.get("file", [])
        if entry.get("kind") in KINDS
    ]


def _held_out(path: Path) -> bool:
    """Return True if the recording belongs to the held-out half. A hash of the file decides, so that no person can
    choose.
    """
    return hashlib.sha256(path.read_bytes()).digest()[0] % 2 == 1


def label(recording: Recording, silences: Sequence[Silence]) -> list[Labelled]:
    """Label the silences of one recording, and return the silences whose label is known."""
    spoken = _spoken(silences)
    found = []
    for at, silence in enumerate(silences):
        what = _label(recording, silence, last=at == len(silences) - 1)
        if what is not None:
            text = _text(recording, spoken[at] / max(spoken[-1], 0.01), what)
            found.append(Labelled(silence, what, recording, text))
    return found


def _label(recording: Recording, silence: Silence, *, last: bool) -> Label | None:
    entry = recording.entry
    whole = entry.get("end") == "turn"
    if whole and (last or silence.stopped >= entry["speech_end"] - _NEAR):
        return "end"
    if whole and recording.kind == "orders":
        return "inside"  # the speaker continues: each of these recordings is one order
    for pause in entry.get("pauses", ()):
        if abs(pause["vad"][0] - silence.stopped) <= _NEAR:
            return _LABELS.get(pause["label"])
    return None


def _spoken(silences: Sequence[Silence]) -> list[float]:
    total, sums = 0.0, []
    for silence in silences:
        total += silence.stopped - silence.began
        sums.append(total)
    return sums


def _text(recording: Recording, share: float, what: Label) -> str:
    """Return the words in the first part of an order; `share` is this part's share of the whole speech. Return "" for
    other kinds of recordings, because the times of their words are unknown.
    """
    if recording.kind != "orders":
        return ""
    words = str(recording.entry.get("text", "")).split()
    if what == "end":
        return " ".join(words)
    letters, wanted = 0, share * sum(map(len, words))
    for count, word in enumerate(words):
        if letters + len(word) / 2 >= wanted:
            return " ".join(words[:count])
        letters += len(word)
    return " ".join(words)
