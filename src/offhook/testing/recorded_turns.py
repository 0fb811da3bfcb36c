"""Finds the turns in a recorded call: each answer's delay, and the wait that offhook would choose with a preset."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from offhook.core.patience import PRESETS, Preset
from offhook.models.recorded_speech import Silence, decode, silences
from offhook.policies.endpointing.wait import Evidence, choose_wait, combine, is_sure
from offhook.reports.turns import Turn

__all__ = ["recorded_turns"]

_ONSET = 0.064
"""Seconds between the start of speech and the VAD's report of the speech: two windows of the VAD."""


async def recorded_turns(path: Path, preset: Preset = "normal") -> list[Turn]:
    """Return the turns of a recording with the caller on the left channel and the agent on the right.

    A turn is a silence of the caller in which the agent begins to speak. A recording has no transcripts, so only
    the turn detector's probability decides the wait. Raises `OSError` if the file cannot be opened, and `OffhookError`
    if the file is not a recording with two channels.
    """
    caller, agent = decode(path, channels=2)
    begins = [one.began - _ONSET for one in await silences(agent)]
    return list(_turns(await silences(caller), begins, preset))


def _turns(caller: Sequence[Silence], begins: Sequence[float], preset: Preset) -> Iterator[Turn]:
    pauses = 0
    for silence in caller:
        answer = next((begin for begin in begins if silence.stopped < begin < silence.resumed), None)
        if answer is None:
            pauses += 1
            continue
        yield _turn(silence, answer - silence.stopped, pauses, preset)
        pauses = 0


def _turn(silence: Silence, heard: float, pauses: int, preset: Preset) -> Turn:
    first = None if math.isnan(silence.probability) else silence.probability
    evidence = Evidence(probability=first)
    if not is_sure(evidence, PRESETS[preset]):
        evidence = Evidence(probability=combine(first, silence.again))
    wait = choose_wait(evidence, PRESETS[preset])
    return Turn(
        at=round(silence.stopped, 3),
        heard=round(heard, 3),
        wait=wait.seconds,
        probability=None if evidence.probability is None else round(evidence.probability, 3),
        preset=preset,
        why=wait.why,
        pauses=pauses,
    )
