"""Whole calls of an agent file in virtual time: no server, no keys, no waiting."""

from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.simulation.result import Silence, Silences, SimulatedCall
from offhook.testing.simulation.simulate import simulate
from offhook.testing.simulation.told import CallOverError

__all__ = ["CallOverError", "ScriptedCaller", "Silence", "Silences", "SimulatedCall", "simulate"]
