"""Draws the stages of the ending policy, with the policy's own numbers."""

from collections.abc import Iterator
from typing import get_args

from offhook.core.ending import Ending
from offhook.policies.ending import CLOSING, TAIL_PHONE, TAIL_WEB
from offhook.policies.ending_stages import Stage
from offhook.reports.svg import arrow, box, picture, text

__all__ = ["ending_picture"]

STAGES = {
    "open": ("the call", "goes on"),
    "goodbye": ("the goodbye", "plays"),
    "tail": ("the last audio", "is in transit"),
    "closing": ("room, leg or agent", "is disconnected"),
    "over": ("the reason is in", "the journal"),
}
TOP, WIDE, HIGH, STEP = 150, 136, 84, 190


def ending_picture() -> str:
    """Draw five stages from left to right."""
    return picture("How a call ends", 960, 380, [*_stages(), *_forward(), *_around()])


def _stages() -> Iterator[str]:
    for number, stage in enumerate(get_args(Stage)):
        first, second = STAGES[stage]
        x = 32 + number * STEP
        yield box(x, TOP, WIDE, HIGH, color="green" if stage == "open" else "ink" if stage == "over" else "violet")
        yield text(x + WIDE / 2, TOP + 30, stage, weight=600, anchor="middle", size=16)
        yield text(x + WIDE / 2, TOP + 52, first, color="dim", anchor="middle", size=12.5)
        yield text(x + WIDE / 2, TOP + 69, second, color="dim", anchor="middle", size=12.5)


def _forward() -> Iterator[str]:
    causes = (("an end is", "requested"), ("playout", "finished"), (f"{TAIL_WEB:g} s web", f"{TAIL_PHONE:g} s phone"))
    for number, (first, second) in enumerate([*causes, ("the server", "confirms")]):
        x = 32 + WIDE + number * STEP
        yield arrow(f"M{x + 2} {TOP + 42}H{x + STEP - WIDE - 4}")
        middle = x + (STEP - WIDE) / 2
        yield text(middle, TOP - 26, first, color="dim", anchor="middle", size=12)
        yield text(middle, TOP - 10, second, color="dim", anchor="middle", size=12)


def _around() -> Iterator[str]:
    goodbye, closing, opened = 32 + STEP + WIDE / 2, 32 + 3 * STEP + WIDE / 2, 32 + WIDE / 2
    yield arrow(f"M{opened - 30} {TOP - 2}V60H{closing + 30}V{TOP - 4}")
    yield text(480, 50, "without a goodbye, or the caller hung up", color="dim", anchor="middle", size=13)
    yield arrow(f"M{goodbye - 24} {TOP + HIGH}V282H{opened}V{TOP + HIGH + 4}", color="amber")
    yield text(
        (goodbye + opened) / 2,
        302,
        'barge-in, on_interruption="reconsider"',
        color="amber",
        anchor="middle",
        size=12.5,
    )
    yield arrow(f"M{goodbye + 24} {TOP + HIGH}V282H{closing}V{TOP + HIGH + 4}", color="red")
    words = f"playout failed, or took {Ending().timeout:g} s"
    yield text((goodbye + closing) / 2 + 12, 302, words, color="red", anchor="middle", size=12.5)
    last = f"Closing may take {CLOSING:g} s, including retries. After a disconnect, the stage ends sooner."
    yield text(480, 350, last, color="dim", anchor="middle", size=13)
