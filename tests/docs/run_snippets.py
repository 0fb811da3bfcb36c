"""Imports the snippets in a folder and prints the errors of each as JSON; started by test_snippets."""

import ast
import asyncio
import importlib
import inspect
import json
import sys
import traceback
from pathlib import Path
from types import ModuleType

from livekit.agents import AgentServer

from offhook import Call, OngoingCall, Plan, Refusal, Rejection
from offhook import Caller as Person
from offhook.core.sip.read import read_sip
from offhook.testing import Caller, Phone

__all__: list[str] = []

KINDS = {"ongoing": OngoingCall, "caller": Caller}
"""The class of a variable with this name, in every snippet."""
CALLS = (
    Call("AJ_1", "room-1", Person("ada", "web", name="Ada"), metadata='{"guest": "Ada"}', data={"guest": "Ada"}),
    Call(
        "AJ_2",
        "room-2",
        Person("sip_1", "phone", number="+15105550100", dialled="+15105550199"),
        sip=read_sip(Phone(headers={"X-Tenant": "blue"}).attributes()),
    ),
)


def check(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            check_method(node, node.func)
    check_module(importlib.import_module(path.stem))


def check_method(call: ast.Call, function: ast.Attribute) -> None:
    """Bind a call to the method's signature, because code inside functions is not run."""
    kind = kind_of(function.value)
    if kind is not None:
        named = {keyword.arg: None for keyword in call.keywords if keyword.arg}
        inspect.signature(getattr(kind, function.attr)).bind(None, *call.args, **named)


def kind_of(value: ast.expr) -> type | None:
    match value:
        case ast.Name(id=name):
            return KINDS.get(name)
        case ast.Call(func=ast.Name(id="call_of")):
            return OngoingCall
    return None


def check_module(module: ModuleType) -> None:
    if plan := getattr(module, "plan", None):
        for call in CALLS:
            answer = asyncio.run(plan(call)) if inspect.iscoroutinefunction(plan) else plan(call)
            assert isinstance(answer, Plan | Rejection | Refusal), f"plan returned {answer!r}"
    if server := getattr(module, "server", None):
        assert isinstance(server, AgentServer)


def main() -> None:
    folder = Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    wrong = {}
    for path in sorted(folder.glob("snippet_*.py")):
        try:
            check(path)
        except Exception:  # noqa: BLE001  # the test shows every error of a snippet
            wrong[path.stem] = traceback.format_exc()
    sys.stdout.write(json.dumps(wrong))


if __name__ == "__main__":
    main()
