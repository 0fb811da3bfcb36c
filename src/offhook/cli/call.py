"""`offhook call`: makes one scripted, spoken call to any agent on a real server, and shows the call while it runs."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.cli.call_place import CallPlace
    from offhook.cli.call_view import CallPrinter
    from offhook.testing import Caller
    from offhook.testing.live.phone import Phone
    from offhook.testing.scenarios import Scenario

__all__ = ["call"]

_FILE = "The agent file; default: agents/agent.py, agent.py, main.py or app.py."
_SAY = "Say this, after the agent has finished; can be repeated. An empty text waits until the agent speaks again."
_SCENARIO = "A scenario file, or the name of a scenario that comes with offhook."
_AGENT = "The agent_name to dispatch; not needed for an agent that runs on this machine."
_PRINTED = 15.0
"""Time limit in seconds for printing the last records after the call."""


def call(
    agent_file: Annotated[Path | None, typer.Argument(metavar="[AGENT_FILE]", help=_FILE)] = None,
    *,
    say: Annotated[list[str] | None, typer.Option(metavar="TEXT", help=_SAY)] = None,
    scenario: Annotated[str, typer.Option(metavar="FILE|NAME", help=_SCENARIO)] = "",
    agent: Annotated[str, typer.Option(help=_AGENT)] = "",
    metadata: Annotated[str, typer.Option(help="The dispatch metadata; it needs an agent with a name.")] = "",
    recording: Annotated[Path | None, typer.Option(help="Write a stereo WAV: caller left, agent right.")] = None,
) -> None:
    """Call an agent and show the call. Without `--say` and `--scenario`, the caller greets, and says goodbye.

    If `dev` runs an agent on this machine, the command calls that agent. Else, with LIVEKIT_URL, it calls an agent that
    is registered there. Else it starts the agent file for this call. The exit code is 0 if the call succeeded, 1 if the
    call failed, and 2 for wrong settings.
    """
    import asyncio
    import os

    from offhook.cli.call_place import WantedAgent, server_with_agent
    from offhook.cli.call_place import say as print_line
    from offhook.cli.server import end_like_ctrl_c
    from offhook.settings import load_env_files, load_settings

    if say and scenario:
        raise OffhookError("--say and --scenario are two scripts; leave one of them out")
    played = _scenario(scenario) if scenario else None
    load_env_files(Path.cwd())
    end_like_ctrl_c()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit logs every end of a call as an error
    settings = load_settings()
    wanted = WantedAgent(agent, metadata or str(played.call.get("metadata", "") if played else ""))
    with server_with_agent(agent_file, settings, dict(os.environ), wanted) as place:
        failed = asyncio.run(_talk(place, settings.journal, say or (), played, recording))
    if failed:
        print_line(failed)
        raise typer.Exit(1)


def _scenario(name: str) -> "Scenario":
    from offhook.testing.scenarios import find, read
    from offhook.testing.scenarios.live import check_live

    found = read(find(name))
    check_live(found)
    return found


async def _talk(
    place: "CallPlace", journal: Path, lines: Sequence[str], scenario: "Scenario | None", recording: Path | None
) -> str:
    """Make the call and print what happens in the call. Return the reason if the call failed, else ""."""
    import asyncio

    from offhook.cli.call_place import say as print_line
    from offhook.cli.call_view import CallPrinter
    from offhook.testing.live.caller import Caller
    from offhook.testing.scenarios.conversation import CallFailedError, meet

    room, phone, environ = f"call-{int(time.time())}", _phone(scenario), place.environ
    printer, failed = CallPrinter(journal, room), ""
    async with Caller(
        url=environ["LIVEKIT_URL"],
        api_key=environ["LIVEKIT_API_KEY"],
        api_secret=environ["LIVEKIT_API_SECRET"],
        room=room,
        phone=phone,
        agent=place.agent or None,
        metadata=place.metadata,
    ) as caller:
        printing = asyncio.create_task(printer.run(caller), name="timeline")
        try:
            await meet(caller)
            await _play(caller, lines, scenario)
        except CallFailedError as error:
            failed = str(error) if caller.met_agent else f"{error}; {place.nobody}"
        finally:
            if not caller.left.is_set():
                await caller.hang_up()
            await asyncio.wait([printing], timeout=_PRINTED)
            printing.cancel()
            await asyncio.gather(printing, return_exceptions=True)
            if recording is not None:
                caller.recording(recording)
                print_line(f"the recording is in {recording}")
        if scenario is not None and not failed:
            failed = _missed(scenario, printer, caller)
    return _verdict(failed, printer, place)


async def _play(caller: "Caller", lines: Sequence[str], scenario: "Scenario | None") -> None:
    from offhook.testing.scenarios import ScenarioError, script_of
    from offhook.testing.scenarios.conversation import CallFailedError, converse
    from offhook.testing.scenarios.live import LiveCaller

    if scenario is None:
        await converse(caller, lines)
        return
    try:
        await script_of(scenario)(LiveCaller(caller))
    except ScenarioError as error:
        raise CallFailedError(str(error).partition("; the call so far")[0]) from None


def _phone(scenario: "Scenario | None") -> "Phone | None":
    """Return the simulated phone of the scenario's caller, or None if this caller does not use a phone."""
    from offhook.testing.live.phone import Phone

    call = scenario.call if scenario is not None else {}
    if not call.get("number") and not call.get("ringing"):
        return None
    return Phone(number=str(call.get("number", "")), status="ringing" if call.get("ringing") else "active")


def _verdict(failed: str, printer: "CallPrinter", place: "CallPlace") -> str:
    """Return why the call failed; "" if it did not fail. The text may quote the journal or the worker's output."""
    if printer.ended.get("reason") == "error":
        return f"{failed or 'the call failed'}; the journal says: {printer.ended.get('detail') or 'error'}"
    return f"{failed}; the worker says: {place.last_error}" if failed and place.last_error else failed


def _missed(scenario: "Scenario", printer: "CallPrinter", caller: "Caller") -> str:
    """Return the scenario's expectations that the call did not meet; "" if the call met them all."""
    from offhook.testing.scenarios import misses
    from offhook.testing.simulation.result import SimulatedCall

    if not printer.ended:
        return "the scenario needs the journal of the call, which this machine does not have" if scenario.expect else ""
    seconds = (caller.ended_at or time.monotonic()) - caller.joined_at
    return "; ".join(misses(scenario, SimulatedCall(printer.records, seconds, sounds=caller.sounds())))
