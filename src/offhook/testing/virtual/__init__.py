"""Virtual time: an event loop whose clock jumps to the end of each wait and stands still while code runs."""

from offhook.testing.virtual.clocks import virtual_clocks
from offhook.testing.virtual.loop import VirtualLoop
from offhook.testing.virtual.run import run
from offhook.testing.virtual.watchdog import StuckError

__all__ = ["StuckError", "VirtualLoop", "run", "virtual_clocks"]
