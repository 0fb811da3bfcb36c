"""Recorded audio clips that are played if TTS fails: the text of each clip, and the choice of the clip for a line."""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Literal

from livekit import rtc
from livekit.agents.utils.audio import audio_frames_from_file

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Say
from offhook.core.ending import Ending

__all__ = ["CLIPS", "RATE", "Clip", "clip_for", "clips_for", "load_clip"]

RATE = 24_000

Clip = Literal["moment", "still", "again", "trouble", "there", "voice", "sorry"]

_DEFAULT = DeadAir()
CLIPS: Mapping[Clip, str] = {
    "moment": _DEFAULT.fillers[0],
    "still": _DEFAULT.fillers[1],
    "again": _DEFAULT.no_match_text,
    "trouble": _DEFAULT.retry_failed_text,
    "there": "Are you still there?",
    "voice": "I have some trouble with my voice right now, but I can hear you.",
    "sorry": Ending().apology,
}
"""The text that is spoken in each clip."""

_BY_TAG: Mapping[str, Clip] = {"silence": "there", "goodbye": "sorry"}
"""The clip for a `Say` decision with this tag; used only if `clips_for` has no clip for the decision's text."""


def clips_for(plan: DeadAir | None) -> Mapping[str, Clip]:
    """Map the text of each line in `plan` to the clip with the same meaning."""
    if plan is None:
        return {}
    first, *others = plan.fillers
    return {
        first: "moment",
        **dict.fromkeys(others, "still"),
        plan.no_match_text: "again",
        plan.retry_failed_text: "trouble",
    }


def clip_for(decision: Say, clips: Mapping[str, Clip]) -> Clip:
    """Return the clip nearest in meaning to this line. Only a goodbye gets the clip `sorry`, because this clip asks the
    caller to call again.
    """
    return clips.get(decision.text) or _BY_TAG.get(decision.tag, "voice")


async def load_clip(name: Clip) -> Sequence[rtc.AudioFrame]:
    """Load the audio of a clip. Each clip is decoded only once, at its first use."""
    if name not in _LOADED:
        with resources.as_file(resources.files("offhook.announce.clips") / f"{name}.ogg") as path:
            _LOADED[name] = [frame async for frame in audio_frames_from_file(str(path), sample_rate=RATE)]
    return _LOADED[name]


_LOADED: dict[Clip, Sequence[rtc.AudioFrame]] = {}
