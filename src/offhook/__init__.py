"""offhook: a worker framework for LiveKit voice agents. It owns the call around the conversation.

Names are loaded when they are used, so that `import offhook.core` loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.cli.agent import run
    from offhook.core.call import Call, Caller
    from offhook.core.ending import Ending, Limits, Prices
    from offhook.core.errors import OffhookError, UnsupportedError
    from offhook.core.ladder import (
        Caps,
        Silence,
        Step,
        ask,
        away,
        do,
        end,
        goodbye,
        instruct,
        repeat,
        say,
        transfer,
    )
    from offhook.core.stall import DeadAir
    from offhook.line.supervise import supervise
    from offhook.models.build import Models, choose
    from offhook.session.after import FinishedCall
    from offhook.session.ongoing import OngoingCall, call_of
    from offhook.session.plan import Plan
    from offhook.session.tools import end_call, reset_context, update_instructions
    from offhook.settings import Settings, load_settings
    from offhook.worker.server import Server, serve

__all__ = [
    "Call",
    "Caller",
    "Caps",
    "DeadAir",
    "Ending",
    "FinishedCall",
    "Limits",
    "Models",
    "OffhookError",
    "OngoingCall",
    "Plan",
    "Prices",
    "Server",
    "Settings",
    "Silence",
    "Step",
    "UnsupportedError",
    "ask",
    "away",
    "call_of",
    "choose",
    "do",
    "end",
    "end_call",
    "goodbye",
    "instruct",
    "load_settings",
    "repeat",
    "reset_context",
    "run",
    "say",
    "serve",
    "supervise",
    "transfer",
    "update_instructions",
]

__version__ = "0.1.0"

_HOMES = {
    "offhook.cli.agent": ("run",),
    "offhook.core.call": ("Call", "Caller"),
    "offhook.core.ending": ("Ending", "Limits", "Prices"),
    "offhook.core.errors": ("OffhookError", "UnsupportedError"),
    "offhook.core.ladder": (
        "Caps",
        "Silence",
        "Step",
        "ask",
        "away",
        "do",
        "end",
        "goodbye",
        "instruct",
        "repeat",
        "say",
        "transfer",
    ),
    "offhook.core.stall": ("DeadAir",),
    "offhook.line.supervise": ("supervise",),
    "offhook.models.build": ("Models", "choose"),
    "offhook.session.after": ("FinishedCall",),
    "offhook.session.ongoing": ("OngoingCall", "call_of"),
    "offhook.session.plan": ("Plan",),
    "offhook.session.tools": ("end_call", "reset_context", "update_instructions"),
    "offhook.settings": ("Settings", "load_settings"),
    "offhook.worker.server": ("Server", "serve"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'offhook' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
