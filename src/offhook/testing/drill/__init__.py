"""Drills: simulated calls of an agent with each provider fault, in virtual time, with offhook and without."""

from offhook.testing.drill.circumstances import CIRCUMSTANCES, Circumstance, circumstance
from offhook.testing.drill.drill import Case, drill
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.verdict import Verdict, judge

__all__ = [
    "CIRCUMSTANCES",
    "Case",
    "Circumstance",
    "Rehearsal",
    "Verdict",
    "circumstance",
    "drill",
    "judge",
    "rehearse",
]
