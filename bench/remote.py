"""Measures commands to running calls on several workers, on a real livekit-server: `python -m bench.remote --json`."""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable
from contextlib import ExitStack

from bench.agents.remote import METHOD
from bench.clips import PROMPT
from bench.fleet import Fleet
from bench.remote_follow import follow_cost
from bench.remote_restart import restarted
from bench.stage import open_stage, tell
from bench.stats import Figure, Goal, as_json, p99
from bench.table import table
from offhook.client import Client
from offhook.control.client import send_command
from offhook.control.rpc import perform_rpc
from offhook.core.commands import parse_command
from offhook.core.errors import CommandError, OffhookError
from offhook.tokens import sign_command

__all__ = ["main"]

LEVELS, SHORT_LEVELS = (1, 10, 50), (1, 4)
_NOTE = parse_command({"name": "note", "text": "An angry caller."})


def main() -> int:
    """Measure and print the figures. Return 0 if every goal is reached, 1 if not, and 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.remote", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--short", action="store_true", help="few calls and commands, to try the benchmark")
    arguments = parser.parse_args()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began, load = time.monotonic(), round(os.getloadavg()[0], 1)
    try:
        with ExitStack() as stack:
            figures = asyncio.run(_measured(Fleet(open_stage(stack)), short=arguments.short))
    except OffhookError as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    ran: dict[str, object] = {"seconds": round(time.monotonic() - began), "cores": os.cpu_count()}
    ran |= {"load_before": load, "load": round(os.getloadavg()[0], 1)}
    print(f"\n{', '.join(f'{name} {value}' for name, value in ran.items())}")
    if arguments.json:
        print(json.dumps(ran | as_json(figures)))
    return int(any(figure.ok is False for figure in figures))


async def _measured(fleet: Fleet, *, short: bool) -> list[Figure]:
    figures = list[Figure]()
    server = fleet.stage.server
    async with fleet, Client(url=server.url, key=server.api_key, secret=server.api_secret, by="bench") as client:
        levels = SHORT_LEVELS if short else LEVELS
        for calls in levels:
            await fleet.grow(calls)
            figures += await _accepted(fleet, client, calls, 20 if short else 200)
            if calls > 1:
                figures += await follow_cost(fleet, client, short=short)
            if calls == levels[1]:
                figures += await _spoken(fleet, client, 3 if short else 20)
        figures += await restarted(fleet, client, 60 if short else 1_000)
    return sorted(figures, key=lambda figure: figure.key)


async def _accepted(fleet: Fleet, client: Client, calls: int, n: int) -> list[Figure]:
    """Send commands one at a time, to each call in turn, and measure the time until each command is accepted. For
    comparison, send a raw LiveKit RPC of similar size after each command.
    """
    tell(f"remote: {n} commands to {calls} calls")
    signed, raw = list[float](), list[float]()
    for number in range(n):
        agent = fleet.calls[number % calls].agent
        room, identity = agent.room, agent.identity
        token = sign_command(api_secret=client.api.secret, call=agent.call, by="bench", verb={"name": "state"})
        command = send_command(client.api, room=room, identity=identity, call=agent.call, command=_NOTE, by="bench")
        signed += await _milliseconds(command)
        request = perform_rpc(client.api, room=room, identity=identity, method=METHOD, payload=token)
        raw += await _milliseconds(request)
    ratio = sum(signed) / sum(raw)
    tell(f"remote: the p99 of the raw RPC is {p99(raw):.1f} ms")
    return [
        Figure("accepted_ms", signed, Goal(10, "median"), calls=calls, wanted=n),
        Figure("accepted_p99_ms", signed, Goal(40, "p99"), calls=calls, wanted=n),
        Figure("accepted_ms_raw_rpc", raw, calls=calls),
        Figure("accepted_to_raw_rpc", [ratio], calls=calls),
    ]


async def _milliseconds(request: Awaitable[object]) -> list[float]:
    """Return a list with the request's time in milliseconds, or an empty list if the request fails. After a failed
    request, the figure has too few values and misses its goal.
    """
    began = time.perf_counter()
    try:
        await request
    except CommandError as error:
        tell(f"remote: {error}")
        return []
    return [(time.perf_counter() - began) * 1000]


async def _spoken(fleet: Fleet, client: Client, n: int) -> list[Figure]:
    """Return the times from a command `say` to the first audio that the caller receives."""
    assert fleet.caller is not None
    tell(f"remote: {n} spoken lines")
    call, took = client.call(fleet.caller.room), list[float]()
    await call.state()  # finds the agent now, so that the measured time does not include this search
    for _ in range(n):
        await fleet.caller.quiet(for_=0.5)
        began = time.monotonic()
        await call.say(PROMPT, wait=False)
        heard = await fleet.caller.hears(since=began)
        took.append((heard.started_at - began) * 1000)
    return [Figure("spoken_first_audio_ms", took, wanted=n)]


if __name__ == "__main__":
    sys.exit(main())
