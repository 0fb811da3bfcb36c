"""Drills: an agent is played in virtual time with each provider fault, once with offhook and once without."""

from offhook.testing.drill.circumstances import CIRCUMSTANCES, Circumstance, circumstance
from offhook.testing.drill.drill import Case, drill, pairs
from offhook.testing.drill.healthy import FirstCall, first_call
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.setup import CallSetup
from offhook.testing.drill.verdict import Verdict, judge

__all__ = [
    "CIRCUMSTANCES",
    "CallSetup",
    "Case",
    "Circumstance",
    "FirstCall",
    "Rehearsal",
    "Verdict",
    "circumstance",
    "drill",
    "first_call",
    "judge",
    "pairs",
    "rehearse",
]
