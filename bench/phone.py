"""Measures telephone calls, with offhook and with livekit-agents alone: `python -m bench.phone --json`.

The phones are emulated. If livekit-sip and redis-server are installed, the benchmark makes the calls again over SIP and
RTP.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from contextlib import ExitStack

from bench import hostile, phone_calls
from bench.agents import PHONE, PHONE_STOCK
from bench.clip_match import TOLERANCE_MS
from bench.phones import EmulatedPhones, Phones, WirePhones
from bench.stage import Stage, open_stage, tell
from bench.stats import Figure, as_json
from bench.table import table
from offhook.core.errors import OffhookError, ServerError
from offhook.dev.redis import find_redis, local_redis
from offhook.settings import load_settings
from offhook.testing.sip import find_sip, local_sip

__all__ = ["main"]

GROUPS = ("hostile", "calls", "keys", "at_once")
N, QUICK = 20, 3
_NUMBERS = {PHONE: "+15550001111", PHONE_STOCK: "+15550001112"}


def main() -> int:
    """Measure and print the figures. Return 0 if every goal is reached, 1 if not, and 2 after an error."""
    arguments = _arguments()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began = time.monotonic()
    try:
        figures = _measured(arguments)
    except OffhookError as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    print(f"\nA loss of up to {TOLERANCE_MS:g} ms (one packet) can come from a jitter buffer, and counts as 0.")
    print(f"{time.monotonic() - began:.0f} s, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    if arguments.json:
        print(json.dumps(as_json(figures)))
    return int(any(figure.ok is False for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.phone", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--n", type=int, help=f"number of calls for each way of hanging up (default {N})")
    parser.add_argument("--quick", action="store_true", help=f"n = {QUICK}")
    parser.add_argument("--sip", action="store_true", help="fail if no livekit-sip is found (default: skip SIP calls)")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, help="only these groups")
    arguments = parser.parse_args()
    if arguments.n is not None and arguments.n < 1:
        parser.error("--n must be at least 1")
    return arguments


def _measured(arguments: argparse.Namespace) -> list[Figure]:
    n = arguments.n or (QUICK if arguments.quick else N)
    figures = hostile.measure() if "hostile" in arguments.only else []
    if set(arguments.only) == {"hostile"}:
        return figures
    with ExitStack() as stack:
        places = _places(stack, sip=arguments.sip)
        # The main thread must start the workers, because a worker ends when the thread that started it ends.
        for agent in (PHONE, PHONE_STOCK):
            places[0][1].worker(agent, OFFHOOK_CAPACITY=str(2 * phone_calls.AT_ONCE))
        for phones, stage in places:
            figures += asyncio.run(_on(phones, stage, n, arguments.only))
    return figures


def _places(stack: ExitStack, *, sip: bool) -> list[tuple[Phones, Stage]]:
    """Start the server. Return the emulated phones. If livekit-sip and redis-server are found, also return phones that
    use SIP.
    """
    try:
        binary, redis = find_sip(load_settings().livekit_sip, os.environ), find_redis(os.environ)
    except ServerError as error:
        if sip:
            raise
        tell(f"bench: only emulated phones: {error}")
        stage = open_stage(stack)
        return [(EmulatedPhones(stage), stage)]
    store = stack.enter_context(local_redis(redis))
    stage = open_stage(stack, store)
    service = stack.enter_context(local_sip(binary, stage.server, store))
    wire = asyncio.run(WirePhones.open(stage, service, _NUMBERS))
    return [(EmulatedPhones(stage), stage), (wire, stage)]


async def _on(phones: Phones, stage: Stage, n: int, groups: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    if "calls" in groups:
        figures += await phone_calls.calls(phones, n)
    if "keys" in groups:
        figures += await phone_calls.keys(phones, stage, max(1, n // 4))
    if "at_once" in groups:
        figures += await phone_calls.calls_at_once(phones)
    return figures


if __name__ == "__main__":
    sys.exit(main())
