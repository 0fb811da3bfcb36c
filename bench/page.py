"""Measures the time from the end of the caller's question to the demo agent's answer, on the talk page in Chromium."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect
from tests.live.browser import browser

from bench.dev_page import dev_page
from bench.page_turns import BETWEEN, LOUD, Answer, answers, first_sound, microphone, spoken_turns
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.testing.speech import RATE, Samples

__all__ = ["measure"]

_TURNS = 4
"""The number of turns in one call."""
_EAR = Path(__file__).with_name("page_ear.js")
_GOAL_MS = 450
_SPOKEN = """([seconds, loud]) => {
  const began = heard.blocks.find((block) => block[1] >= loud);
  return began && heard.blocks.at(-1)[0] - began[0] > seconds;
}"""
"""A JavaScript function that returns true when Chromium's microphone has played all turns and the time for the last
answer is over.
"""


@dataclass(slots=True)
class _Measured:
    """The results of all calls with one preset. `greetings` (the time until the greeting) and `buffered` (the delay in
    the jitter buffer) are in milliseconds.
    """

    answers: list[Answer] = field(default_factory=list)
    greetings: list[float] = field(default_factory=list)
    buffered: list[float] = field(default_factory=list)
    split: int = 0
    """The number of turns in the transcripts, minus the number of turns that the caller spoke."""


def measure(stage: Stage, n: int) -> list[Figure]:
    """Return the figures of n turns with the preset `normal`, and of n turns with `plain` (LiveKit's endpointing)."""
    return [*_figures(stage, n, "normal"), *_figures(stage, n, "plain")]


def _figures(stage: Stage, n: int, preset: str) -> list[Figure]:
    measured = _calls(stage, n, preset)
    every = measured.answers
    whole, paused = ([one for one in every if bool(one.paused) is wanted] for wanted in (False, True))
    waits = [one.seconds * 1000 for one in whole if one.seconds is not None]
    goal = Goal(_GOAL_MS) if preset == "normal" else None
    figures = {
        "page_answer_ms_p90": [_p90(waits)] if waits else [],
        "page_not_answered": [float(sum(not one.cut_in and one.seconds is None for one in every))],
        "page_pauses": [float(len(paused))],
        "page_cut_ins": [float(sum(one.cut_in for one in every))],
        "page_split_turns": [float(measured.split)],
        "page_jitter_buffer_ms": measured.buffered,
        "page_greeting_ms": measured.greetings,
    }
    end = "" if preset == "normal" else f"_{preset}"
    first = Figure(f"page_answer_ms{end}", waits, goal, wanted=len(whole))
    return [first, *(Figure(f"{key}{end}", values) for key, values in figures.items())]


def _calls(stage: Stage, n: int, preset: str) -> _Measured:
    measured = _Measured()
    turns = spoken_turns(min(n, _TURNS))
    environ = {**stage.environ, **stage.server.variables(), "OFFHOOK_ENDPOINTING": preset}
    with tempfile.TemporaryDirectory(prefix="offhook-bench-") as name:
        spoken = Path(name) / "caller.wav"
        microphone(spoken, turns)
        with dev_page(Path(name), environ) as address, browser(spoken) as chromium:
            while len(measured.answers) < n:
                _call(chromium, address, turns, measured)
                tell(f"page: {preset}, turn {len(measured.answers)} of {n}")
    return measured


def _call(chromium: Browser, address: str, turns: Sequence[tuple[float, Samples]], measured: _Measured) -> None:
    """Make one call, speak all turns, and add the results to `measured`."""
    context = chromium.new_context(permissions=["microphone"], bypass_csp=True)
    page = context.new_page()
    page.add_init_script(path=_EAR)
    page.goto(address)
    expect(page.locator("#worker")).to_have_text("Ready", timeout=20_000)
    page.get_by_role("button", name="Start talking").click()
    seconds = sum(len(pcm) / RATE + BETWEEN for _, pcm in turns) - 1
    page.wait_for_function(_SPOKEN, arg=[seconds, LOUD], polling=500, timeout=(seconds + 60) * 1000)
    heard, buffered = page.evaluate("heard"), page.evaluate("buffered()")
    lines = page.locator("#transcript li.caller").count()
    context.close()
    blocks = np.array(heard["blocks"])
    if (greeting := first_sound(blocks)) is not None:
        measured.greetings.append((greeting - heard["clicked"]) * 1000)
    measured.buffered.append(buffered * 1000)
    measured.split += max(0, lines - len(turns))
    measured.answers += answers(blocks, turns)


def _p90(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(0.9 * len(values)) - 1]
