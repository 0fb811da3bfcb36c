"""Sends many commands to the calls of two workers, kills one worker, and counts lost and repeated commands."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.clips import PROMPT
from bench.fleet import Fleet, Running
from bench.stage import tell
from bench.stats import Figure, Goal
from offhook.client import Client, CommandError
from offhook.control.client import RunningCall, send_command
from offhook.core.commands import Command, parse_command
from offhook.core.commands.verbs.result import ResultQuery
from offhook.core.errors import OffhookError
from offhook.core.record import Record
from offhook.dev.spawn import kill_group
from offhook.journal.reader import Reader

__all__ = ["restarted"]

_KINDS = (
    {"name": "say", "text": PROMPT},
    {"name": "note", "text": "An angry caller."},
    {"name": "instructions", "text": "Be brief.", "action": "append"},
)
_LANES = 20
_SPOKEN = 180.0
"""The maximum number of seconds to wait until the agents have spoken every accepted line."""
_EFFECTS = ("Say", "RunCommand", "ReportCommand")


@dataclass
class Sent:
    """One command. The benchmark sends the command `times` times with the same id."""

    id: str
    call: Running
    command: Command
    times: int
    answers: list[str] = field(default_factory=list)
    """For each time that the command was sent: "accepted", or the code of the error."""


async def restarted(fleet: Fleet, client: Client, count: int) -> list[Figure]:
    """Send the commands, and return the figures. After 55 % of the answers, kill the second worker and start a new
    worker.
    """
    killed = fleet.desks[1]
    if not {id(one.desk) for one in fleet.calls} == {id(desk) for desk in fleet.desks}:
        raise OffhookError("one of the two workers has no call; run the benchmark again")
    orders = [
        Sent(f"order {number}", call, parse_command(kind), 1 + number % 3)
        for number, call, kind in zip(range(count), itertools.cycle(fleet.calls), _kinds(), strict=False)
    ]
    tell(f"remote: {count} commands; meanwhile, one worker is killed")
    answers: asyncio.Queue[str] = asyncio.Queue()
    await _send(client, orders[: count // 2], answers)
    running = asyncio.create_task(_send(client, orders[count // 2 :], answers), name="second half")
    for _ in range(sum(one.times for one in orders) * 55 // 100):
        await answers.get()
    kill_group(killed.worker.process)
    await fleet.add_worker()
    await running
    alive = [one for one in fleet.calls if one.desk is not killed]
    await _all_done(orders, alive)
    figures = _figures(orders, killed_calls=[one for one in fleet.calls if one.desk is killed])
    silent = [one for one in fleet.calls if one.desk is killed and not await _tells(client, one)]
    return [*figures, Figure("dead_calls_without_an_error", [float(len(silent))], Goal(0, "max"))]


async def _tells(client: Client, call: Running) -> bool:
    """Ask a call of the killed worker for the result of a command. Return True if the request gets an error."""
    try:
        await RunningCall(client, call.agent.room, found=call.agent).query(ResultQuery("order 0"))
    except CommandError:
        return True
    return False


def _kinds() -> "itertools.chain[Mapping[str, object]]":
    return itertools.chain.from_iterable((kind,) * 7 for kind in itertools.cycle(_KINDS))


async def _send(client: Client, orders: Sequence[Sent], answers: "asyncio.Queue[str]") -> None:
    lanes = asyncio.Semaphore(_LANES)

    async def once(order: Sent) -> None:
        agent = order.call.agent
        async with lanes:
            try:
                answer = await send_command(
                    client.api,
                    room=agent.room,
                    identity=agent.identity,
                    call=agent.call,
                    command=order.command,
                    by="bench",
                    id=order.id,
                )
                order.answers.append(str(answer["status"]))
            except CommandError as error:
                order.answers.append(error.code)
            answers.put_nowait(order.id)

    await asyncio.gather(*(once(order) for order in orders for _ in range(order.times)))


async def _all_done(orders: Sequence[Sent], alive: Sequence[Running]) -> None:
    """Wait until each accepted command of a call that still runs has its final result, but not longer than 180 s."""
    tell("remote: waiting for the last spoken line")
    waiting = {order.id for order in orders if order.call in alive and "accepted" in order.answers}
    for _ in range(int(_SPOKEN)):
        done = {str(one.body["id"]) for call in alive for one in _records(call) if _final(one)}
        if waiting <= done:
            return
        await asyncio.sleep(1)  # this loop reads the journals, because followers of many calls would change the load


def _figures(orders: Sequence[Sent], killed_calls: Sequence[Running]) -> list[Figure]:
    """Compare the answers with the journals, and return the figures."""
    records = {one.agent.call: _records(one) for one in {id(order.call): order.call for order in orders}.values()}
    lost = twice = dead = 0
    for order in orders:
        own = records[order.call.agent.call]
        effects = Counter(one.name for one in own if one.name in _EFFECTS and _of(one, order.id))
        received = sum(one.name == "CommandReceived" and one.body["id"] == order.id for one in own)
        final = any(_final(one) and one.body["id"] == order.id for one in own)
        accepted = "accepted" in order.answers
        killed = order.call in killed_calls
        dead += not accepted
        lost += len(order.answers) < order.times or (accepted and not received)
        lost += accepted and not killed and not final
        twice += received > 1 or effects["Say"] > 1 or effects["RunCommand"] > 1
    codes = Counter(answer for order in orders for answer in order.answers)
    tell(f"remote: answers {dict(codes)}")
    return [
        Figure("commands", [float(len(orders))]),
        Figure("commands_sent", [float(sum(order.times for order in orders))]),
        Figure("commands_refused_by_dead_calls", [float(dead)]),
        Figure("lost", [float(lost)], Goal(0, "max")),
        Figure("twice", [float(twice)], Goal(0, "max")),
    ]


def _records(call: Running) -> list[Record]:
    with Reader(call.desk.journal) as reader:
        return reader.records(call.agent.call)


def _final(record: Record) -> bool:
    return record.name == "CommandResult" and bool(record.body["final"])


def _of(record: Record, command_id: str) -> bool:
    return record.body.get("tag") == f"command {command_id}" or record.body.get("id") == command_id
