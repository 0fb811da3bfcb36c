"""Checks that offhook changes nothing in a healthy call: plays each call with LiveKit alone, and again with offhook."""

from offhook.testing.compare.any_agent import callers
from offhook.testing.compare.differ import differences
from offhook.testing.compare.difference import Difference
from offhook.testing.compare.generate import calls, draw, served_calls
from offhook.testing.compare.harm_kinds import Found
from offhook.testing.compare.play import play
from offhook.testing.compare.played import Played
from offhook.testing.compare.report import report, report_of
from offhook.testing.compare.run import Compared, Judged, compare, compare_all, judge_all, judge_served, smallest
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
    "Found",
    "HookSpec",
    "Judged",
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
    "judge_all",
    "judge_served",
    "play",
    "report",
    "report_of",
    "served_calls",
    "smallest",
    "written",
]
