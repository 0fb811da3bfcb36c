"""Reads, plays and judges scenario files (TOML scripts for callers). This folder has the built-in scenarios."""

from offhook.testing.scenarios.file import Scenario, ScenarioError, Step, find, names, read
from offhook.testing.scenarios.judge import misses
from offhook.testing.scenarios.play import script_of

__all__ = ["Scenario", "ScenarioError", "Step", "find", "misses", "names", "read", "script_of"]
