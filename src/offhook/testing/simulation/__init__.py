"""Simulates whole calls of an agent file in virtual time, without a server, keys or waiting."""

from offhook.models.offline.rules import Reply
from offhook.testing.simulation.caller import ScriptedCaller
from offhook.testing.simulation.result import Silence, Silences, SimulatedCall
from offhook.testing.simulation.script_view import CallOverError
from offhook.testing.simulation.simulate import simulate

__all__ = ["CallOverError", "Reply", "ScriptedCaller", "Silence", "Silences", "SimulatedCall", "simulate"]
