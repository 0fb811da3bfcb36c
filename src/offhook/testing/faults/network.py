"""Network faults, which act on the connections to all providers at once: `faults.network`."""

from offhook.testing.faults.behaviours import BlackHoled, Disconnected
from offhook.testing.faults.fault import Behaviour, Fault

__all__ = ["all_faults", "cut", "gone"]


def _fault(name: str, behaviour: Behaviour, turn: int) -> Fault:
    """Return a fault that lasts to the end of the call.

    The fault cannot end at a later turn, because `Turns` counts turns from STT results, and this fault stops the STT
    results.
    """
    return Fault(f"network.{name}", "network", behaviour, turn, None)


def cut(turn: int = 2) -> Fault:
    """Every connection is cut, and every new connection fails."""
    return _fault("cut", lambda _: Disconnected(), turn)


def gone(turn: int = 2) -> Fault:
    """No request is answered; the connections stay open."""
    return _fault("gone", lambda _: BlackHoled(), turn)


def all_faults() -> list[Fault]:
    """Return every fault with its default arguments."""
    return [cut(), gone()]
