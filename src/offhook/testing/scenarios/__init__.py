"""Scenarios in files: a caller's script as TOML, read, played and judged. Some ship, as the files beside this."""

from offhook.testing.scenarios.file import Scenario, ScenarioError, Step, find, names, read
from offhook.testing.scenarios.judge import misses
from offhook.testing.scenarios.play import script_of

__all__ = ["Scenario", "ScenarioError", "Step", "find", "misses", "names", "read", "script_of"]
