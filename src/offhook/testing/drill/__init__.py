"""A drill: an agent's calls through every fault of its providers, in virtual time, with offhook and without."""

from offhook.testing.drill.drill import Case, drill
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.verdict import Verdict, judge

__all__ = ["Case", "Rehearsal", "Verdict", "drill", "judge", "rehearse"]
