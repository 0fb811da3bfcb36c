"""Plays clips into real calls while the agent speaks, and measures when the agent stops and when it continues."""

import asyncio
import json
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from livekit import rtc

from bench.agents import NAMES
from bench.barge_in_clips import Clip, onset
from bench.barge_in_models import INTERRUPTED, SECONDS, TOLD
from bench.stage import Stage, tell
from offhook.core.errors import OffhookError
from offhook.testing.live.caller import Caller
from offhook.testing.live.hearing import Utterance
from offhook.testing.speech import RATE, voiced

__all__ = ["Played", "play"]

WARM_UP = 3.2
"""Seconds of the agent's speech before the first clip. LiveKit does not allow an earlier interruption."""
STEADY = 1.0
WATCHED = 4.0
"""The benchmark watches the agent for this many seconds after each clip."""
INTERIM, FINAL = 0.5, 0.3
"""The delays of a streaming STT in seconds: from the first sample to the interim words, and from the last sample to the
final words.
"""
_PER_CALL = 8


@dataclass(frozen=True, slots=True)
class Played:
    """The effect of one clip. Times are seconds after the clip's first sample.

    `stopped`: the time of the agent's last sample; None if the agent did not stop. `resumed`: the time at which the
    agent continued the same speech; None if the agent did not continue. `interrupted`: the session ended the agent's
    speech.
    """

    clip: Clip
    stopped: float | None
    resumed: float | None
    interrupted: bool


async def play(stage: Stage, agent: str, clips: Sequence[Clip]) -> list[Played]:
    """Play all clips, up to eight in each call, and return their effects."""
    done: list[Played] = []
    for first in range(0, len(clips), _PER_CALL):
        part = clips[first : first + _PER_CALL]
        tell(f"{agent}: clip {first + 1} of {len(clips)}")
        async with _caller(stage, agent) as caller:
            done += await _call(stage, agent, caller, part)
    return done


class TellingCaller(Caller):
    """A caller who sends words to the agent's STT, and collects the times of the interruptions."""

    interruptions: list[float]

    async def __aenter__(self) -> Self:
        self.interruptions = []
        self._participant.room.on("data_received", self._on_data)
        return await super().__aenter__()

    def _on_data(self, packet: rtc.DataPacket) -> None:
        if packet.topic == INTERRUPTED:
            self.interruptions.append(time.monotonic())

    async def tell(self, text: str, *, final: bool) -> None:
        """Send words to the agent's STT."""
        data = json.dumps({"text": text, "final": final})
        await self._participant.room.local_participant.publish_data(data, topic=TOLD)


def _caller(stage: Stage, agent: str) -> TellingCaller:
    server = stage.server
    return TellingCaller(
        url=server.url,
        api_key=server.api_key,
        api_secret=server.api_secret,
        room=stage.new_room(),
        agent=NAMES[agent],
    )


async def _call(stage: Stage, agent: str, caller: TellingCaller, clips: Sequence[Clip]) -> list[Played]:
    done: list[Played] = []
    await stage.greeted(caller, agent)
    began = time.monotonic()
    await asyncio.sleep(WARM_UP)
    for clip in clips:
        if time.monotonic() - began > SECONDS - 10:
            break
        try:
            await _speaks(caller)
            done.append(await _play(caller, clip))
        except (OffhookError, TimeoutError) as error:
            tell(f"{agent}: {clip.file} was skipped: {str(error).partition(';')[0] or 'the agent does not speak'}")
            await caller.tell("go on please", final=True)
    return done


async def _speaks(caller: Caller) -> None:
    """Wait until the caller has received a second of the agent's speech without a gap."""
    async with asyncio.timeout(10):
        while not (heard := caller.heard) or not _steady(heard[-1]):  # noqa: ASYNC110  # no event exists for a steady tone
            await asyncio.sleep(0.05)


def _steady(last: Utterance) -> bool:
    return last.ended_at - last.started_at >= STEADY and time.monotonic() - last.ended_at < 0.2


async def _play(caller: TellingCaller, clip: Clip) -> Played:
    telling = asyncio.create_task(_tell_in_time(caller, clip), name="tell the words")
    with tempfile.TemporaryDirectory(prefix="offhook-bench-") as folder:
        line = await caller.say(_written(clip, Path(folder) / "clip.wav"))
    await telling
    await asyncio.sleep(WATCHED)
    first = line.started_at + (onset(clip.pcm) - voiced(clip.pcm)[0]) / RATE
    return _outcome(clip, first, caller.heard, interrupted=any(at >= first for at in caller.interruptions))


def _written(clip: Clip, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(clip.pcm.tobytes())
    return path


def _outcome(clip: Clip, first: float, heard: Sequence[Utterance], *, interrupted: bool) -> Played:
    over = next(index for index, one in enumerate(heard) if one.ended_at > first)
    stopped = heard[over].ended_at
    if stopped > time.monotonic() - 0.3:  # the agent still speaks
        return Played(clip, None, None, interrupted)
    later = heard[over + 1].started_at - first if over + 1 < len(heard) and not interrupted else None
    return Played(clip, stopped - first, later, interrupted)


async def _tell_in_time(caller: TellingCaller, clip: Clip) -> None:
    """Send the clip's words when a streaming STT would return them. Final words are sent after the end of the clip.
    Interim words are sent only if the clip has more than 0.7 s of sound.
    """
    if not clip.text:
        return
    begin = onset(clip.pcm) / RATE
    if clip.seconds - begin > INTERIM + 0.2:
        await asyncio.sleep(begin + INTERIM)
        await caller.tell(" ".join(clip.text.split()[:2]), final=False)
        begin += INTERIM
    await asyncio.sleep(clip.seconds - begin + FINAL)
    await caller.tell(clip.text, final=True)
