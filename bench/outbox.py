"""Measures the webhook outbox during and after an outage of the webhook receiver: `python -m bench.outbox --json`."""

import argparse
import asyncio
import json
import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from offhook.core.facts import CallerFound, Ended, Fact, MessageCommitted
from offhook.core.record import Record, to_body
from offhook.core.webhooks import Receiver, messages, new_secret, parse_receivers
from offhook.journal.outbox import Outbox
from offhook.journal.rows import row_of
from offhook.journal.store import Store
from offhook.redaction.redactor import Redactor
from offhook.webhooks.sender import Sender

__all__ = ["main"]

EVENTS_SENT, SHORT_EVENTS = 10_000, 300
_OUTAGE = 24 * 3600.0
_STEP = 60.0
_FACTS: Sequence[Fact] = (
    CallerFound("caller", phone=False, active=True),
    MessageCommitted("user", "I would like to book a room for two."),
    MessageCommitted("assistant", "Certainly. For which night?"),
    Ended("caller_hung_up", seconds=12.0),
)


@dataclass
class Unreliable:
    """A webhook receiver that is down at first. Later, one request in ten fails. Half of the failed requests fail only
    after the receiver has stored the message.
    """

    down: bool = True
    requests: int = 0
    got: list[tuple[str, str, str]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    async def answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        if self.down:
            return web.Response(status=503)
        luck = self.dice.random()
        if luck < 0.05:
            return web.Response(status=500)
        body = await request.json()
        self.got.append((request.headers["webhook-id"], body["data"]["call"], body["type"]))
        if luck < 0.1 and request.transport is not None:
            request.transport.close()  # the receiver has the message, but the sender gets no answer
        return web.Response()


class _Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def main() -> int:
    """Measure and print the figures. Return 0 if every event arrives in the right order, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.outbox", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--short", action="store_true", help="few events, to try the benchmark")
    arguments = parser.parse_args()
    logging.getLogger("offhook").setLevel(logging.CRITICAL)  # the receiver fails on purpose
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(_measured(Path(folder) / "journal.db", SHORT_EVENTS if arguments.short else EVENTS_SENT))
    print("\n".join(f"{name:18} {value}" for name, value in result.items()))
    if arguments.json:
        print(json.dumps(result))
    return int(bool(result["lost"] or result["out_of_order"] or result["pending"] or result["dead"]))


async def _measured(path: Path, events: int) -> dict[str, float]:
    receiver_side = Unreliable()
    app = web.Application()
    app.router.add_post("/hook", receiver_side.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    (receiver,) = parse_receivers(f"{url} {new_secret(bytes(24))}", private=True)
    clock = _Clock()
    began = time.perf_counter()
    written = _write(path, receiver, events, clock.now)
    writing = time.perf_counter() - began
    sender = Sender(path, [receiver], Redactor(), private=True, clock=clock)
    began = time.perf_counter()
    until = clock.now + _OUTAGE
    while clock.now < until:
        clock.now += _STEP
        await sender.deliver(receiver)
    tried, receiver_side.down = receiver_side.requests, False
    outage = time.perf_counter() - began
    began = time.perf_counter()
    while (counts := _counts(path)).get("pending"):
        clock.now += _STEP
        await sender.deliver(receiver)
    sending = time.perf_counter() - began
    await sender.close()
    await runner.cleanup()
    return {
        "events": len(written),
        "lost": len(written - {(call, event) for _, call, event in receiver_side.got}),
        "out_of_order": _out_of_order(receiver_side.got, _names(receiver)),
        "repeated": len(receiver_side.got) - len({one for one, _, _ in receiver_side.got}),
        "pending": counts.get("pending", 0),
        "dead": counts.get("dead", 0),
        "outage_hours": _OUTAGE / 3600,
        "requests_in_outage": tried,
        "us_per_fact": round(writing * 1e6 / (len(written) / len(_names(receiver)) * len(_FACTS)), 1),
        "seconds_in_outage": round(outage, 1),
        "events_per_second": round(len(written) / sending),
    }


def _write(path: Path, receiver: Receiver, events: int, at: float) -> set[tuple[str, str]]:
    """Write the facts of many calls as job processes do, in one transaction per fact. Return the call and the event
    name of each webhook message.
    """
    names = _names(receiver)
    calls = [f"AJ_{number}" for number in range(-(-events // len(names)))]
    with closing(Store(path, [receiver])) as store:
        for call in calls:
            for seq, fact in enumerate(_FACTS):
                body = to_body(fact)
                store.write([row_of(Record(call, seq, at, float(seq), "fact", type(fact).__name__, body))])
    return {(call, name) for call in calls for name in names}


def _names(receiver: Receiver) -> list[str]:
    """Return the names of the webhook events of one call, in the right order."""
    made = [messages([receiver], type(fact).__name__, to_body(fact), call="", seq=0) for fact in _FACTS]
    return [one.event for some in made for one in some]


def _out_of_order(got: Sequence[tuple[str, str, str]], order: Sequence[str]) -> int:
    """Count the messages that arrived too late: a later message of the same call had already arrived."""
    last = Counter[str]()
    wrong = 0
    for _, call, event in dict.fromkeys(got):
        place = order.index(event) + 1
        wrong += place < last[call]
        last[call] = max(last[call], place)
    return wrong


def _counts(path: Path) -> dict[str, int]:
    with closing(Outbox(path)) as outbox:
        return outbox.counts()


if __name__ == "__main__":
    raise SystemExit(main())
