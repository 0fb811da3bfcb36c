"""What can go wrong with the way to all providers at once: `faults.network`."""

from offhook.testing.faults.behaviours import Severed, Vanished
from offhook.testing.faults.fault import Behaviour, Fault

__all__ = ["cut", "gone", "repertoire"]


def _fault(name: str, behaviour: Behaviour, turn: int) -> Fault:
    """For good: while nobody hears the caller, nothing tells which turn it is."""
    return Fault(f"network.{name}", "network", behaviour, turn)


def cut(turn: int = 2) -> Fault:
    """Every connection is cut, and no new one comes about."""
    return _fault("cut", lambda _: Severed(), turn)


def gone(turn: int = 2) -> Fault:
    """Whatever is sent is never answered; no connection breaks."""
    return _fault("gone", lambda _: Vanished(), turn)


def repertoire() -> list[Fault]:
    """Each with what it usually is."""
    return [cut(), gone()]
