"""Virtual time: a loop whose clock jumps over every wait and stands still while anybody works."""

from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.guard import StuckError
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.run import run

__all__ = ["StuckError", "VirtualLoop", "run", "virtual_clocks"]
