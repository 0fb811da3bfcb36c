"""Lines that ship as sound, for when the voice is what fails: which there are, and which fits what is to be said."""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Literal

from livekit import rtc
from livekit.agents.utils.audio import audio_frames_from_file

from offhook.core.ending import Ending
from offhook.core.stall import DeadAir
from offhook.core.wishes import Say

__all__ = ["CLIPS", "RATE", "Clip", "clip_for", "clips_for", "load_clip"]

RATE = 24_000

Clip = Literal["moment", "still", "again", "trouble", "there", "voice", "sorry"]

_DEFAULT = DeadAir()
CLIPS: Mapping[Clip, str] = {
    "moment": _DEFAULT.fillers[0],
    "still": _DEFAULT.fillers[1],
    "again": _DEFAULT.unheard,
    "trouble": _DEFAULT.trouble,
    "there": "Are you still there?",
    "voice": "I have some trouble with my voice right now, but I can hear you.",
    "sorry": Ending().sorry,
}
"""What each clip says, whatever else was to be said in its place."""

_BY_TAG: Mapping[str, Clip] = {"silence": "there", "goodbye": "sorry"}
"""What is said in place of a line that no clip says."""


def clips_for(plan: DeadAir | None) -> Mapping[str, Clip]:
    """The clip that means the same as each of the plan's lines."""
    if plan is None:
        return {}
    first, *others = plan.fillers
    return {first: "moment", **dict.fromkeys(others, "still"), plan.unheard: "again", plan.trouble: "trouble"}


def clip_for(wish: Say, clips: Mapping[str, Clip]) -> Clip:
    """The clip that comes nearest to this line; the call goes on after all but a goodbye."""
    return clips.get(wish.text) or _BY_TAG.get(wish.tag, "voice")


async def load_clip(name: Clip) -> Sequence[rtc.AudioFrame]:
    """Its sound; decoded once, for it may be needed when the machine is busy."""
    if name not in _LOADED:
        with resources.as_file(resources.files("offhook.line.clips") / f"{name}.ogg") as path:
            _LOADED[name] = [frame async for frame in audio_frames_from_file(str(path), sample_rate=RATE)]
    return _LOADED[name]


_LOADED: dict[Clip, Sequence[rtc.AudioFrame]] = {}
