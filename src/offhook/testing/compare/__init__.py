"""Checks that offhook changes nothing in a healthy call: plays a call with LiveKit alone and with offhook."""

from offhook.testing.compare.any_agent import callers
from offhook.testing.compare.differ import Difference, differences
from offhook.testing.compare.generate import calls, draw
from offhook.testing.compare.play import play
from offhook.testing.compare.played import Played
from offhook.testing.compare.report import report, report_of
from offhook.testing.compare.run import Compared, compare, compare_all, smallest
from offhook.testing.compare.spec import (
    CallSpec,
    EnterSpec,
    HookSpec,
    ToolSpec,
    TurnSpec,
    VoiceSpec,
    written,
)

__all__ = [
    "CallSpec",
    "Compared",
    "Difference",
    "EnterSpec",
    "HookSpec",
    "Played",
    "ToolSpec",
    "TurnSpec",
    "VoiceSpec",
    "callers",
    "calls",
    "compare",
    "compare_all",
    "differences",
    "draw",
    "play",
    "report",
    "report_of",
    "smallest",
    "written",
]
