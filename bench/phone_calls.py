"""Measures telephone calls: the times to the answer and the hang-up, lost audio, lost keys, and 20 calls at once."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bench.agents import PHONE, PHONE_STOCK
from bench.clip_match import TOLERANCE_MS, lost_at_end_ms, lost_at_start_ms
from bench.clips import GOODBYE, TONE_GREETING, clip
from bench.phones import Phones, Telephone
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.core.errors import JournalError, OffhookError
from offhook.journal.reader import Reader
from offhook.testing.speech import Samples

__all__ = ["AT_ONCE", "calls", "calls_at_once", "keys"]

AT_ONCE = 20
KEYS = "1234567890*#"
HANGUP = Goal(450, "p99")
LOST = Goal(0, "max", text=f"max 0 (up to {TOLERANCE_MS:g} ms count as 0)")
NONE = Goal(0, "max")
_IN_QUEUE = 0.2
"""Seconds that the benchmark waits after a call, so that the SDK's queue has no more audio frames of the call."""
_GREETED = 20.0
_ALL = 90.0
_KEYS = 15.0

PATHS: Sequence[tuple[str, str, str]] = (
    (PHONE, "A", "hangup_ms_room"),
    (PHONE_STOCK, "A", "hangup_ms_stock_delete_room"),
    (PHONE, "B", "hangup_ms_caller"),
    (PHONE, "C", "hangup_ms_agent_alone"),
    (PHONE_STOCK, "B", "hangup_ms_stock_end_call_tool"),
    (PHONE, "D", "hangup_ms_headers"),
)
"""Each row: the agent, the phone key (DTMF) that ends the call, and the name of the figure."""

Values = defaultdict[str, list[float]]


async def calls(phones: Phones, n: int) -> list[Figure]:
    """For each row of `PATHS`, make n calls in which the phone presses the row's key. Return the figures."""
    found: Values = defaultdict(list)
    for number in range(n):
        tell(f"calls{phones.suffix}: round {number + 1} of {n}")
        for agent, key, path in PATHS:
            try:
                await _call(phones, agent, key, path, found)
            except (OffhookError, TimeoutError) as error:
                tell(f"calls{phones.suffix}: a call failed ({path}): {error}")
    ours, stock = (n * sum(one[0] == agent for one in PATHS) for agent in (PHONE, PHONE_STOCK))
    figures = [
        Figure("answered_ms", found["answered_ms"], wanted=ours),
        Figure("answered_ms_stock", found["answered_ms_stock"], wanted=stock),
        Figure("greeting_ms", found["greeting_ms"], wanted=ours),
        Figure("greeting_ms_stock", found["greeting_ms_stock"], wanted=stock),
        Figure("greeting_lost_ms", found["greeting_lost_ms"], LOST, wanted=ours),
        Figure("greeting_lost_ms_stock", found["greeting_lost_ms_stock"]),
        *(Figure(path, found[path], HANGUP if agent == PHONE else None, wanted=n) for agent, _, path in PATHS),
        Figure("goodbye_lost_ms", found["goodbye_lost_ms"], LOST, wanted=ours),
        Figure("goodbye_lost_ms_stock_delete_room", found["goodbye_lost_ms_stock_delete_room"]),
        Figure("goodbye_lost_ms_stock_end_call_tool", found["goodbye_lost_ms_stock_end_call_tool"]),
    ]
    return [_named(one, phones) for one in figures]


async def _call(phones: Phones, agent: str, key: str, path: str, found: Values) -> None:
    stock = "_stock" if agent == PHONE_STOCK else ""
    async with phones.call(agent) as phone:
        greeted = await _greeting(phone)
        before = phone.heard[-1].ended_at
        await phone.press(key)
        await phone.hears(since=before + 0.1, timeout=_GREETED)
        await phone.ended(timeout=_GREETED)
        await asyncio.sleep(_IN_QUEUE)
        assert phone.ended_at is not None
        goodbye = phone.samples(before)
    found[f"answered_ms{stock}"].append(greeted.answered_ms)
    found[f"greeting_ms{stock}"].append(greeted.greeting_ms)
    found[f"greeting_lost_ms{stock}"].append(greeted.lost_ms())
    found[path].append((phone.ended_at - phone.heard[-1].ended_at) * 1000)
    lost = path.replace("hangup_ms", "goodbye_lost_ms") if stock else "goodbye_lost_ms"
    found[lost].append(lost_at_end_ms(goodbye, clip(GOODBYE)))


@dataclass(frozen=True, slots=True)
class _Greeted:
    answered_ms: float
    greeting_ms: float
    heard: Samples

    def lost_ms(self) -> float:
        """Return how many milliseconds are missing at the start of the greeting. The calculation takes half a second,
        so it must not run during a call.
        """
        return lost_at_start_ms(self.heard, clip(TONE_GREETING))


async def _greeting(phone: Telephone) -> _Greeted:
    """Wait for the end of the greeting, and return the greeting's times and audio. An agent can begin the greeting
    before the phone answers.
    """
    answered = await phone.answered()
    await phone.hears(since=phone.joined_at, timeout=_GREETED)
    await phone.quiet(for_=0.4)
    began = max(phone.heard[0].started_at, answered)
    heard = phone.samples(phone.joined_at)
    return _Greeted((answered - phone.joined_at) * 1000, (began - answered) * 1000, heard)


async def keys(phones: Phones, stage: Stage, n: int) -> list[Figure]:
    """In each of n calls, press twelve phone keys, and let the agent send the received keys back. Return how many keys
    were lost in each direction.
    """
    inward: list[float] = []
    outward: list[float] = []
    for number in range(n):
        tell(f"keys{phones.suffix}: call {number + 1} of {n}")
        async with phones.call(PHONE) as phone:
            await _greeting(phone)
            await phone.press(f"{KEYS}D")
            await _keys_came(phone)
            received = _received(stage)
            inward.append(float(len(KEYS) - _in_order(received, KEYS)))
            outward.append(float(len(received) - _in_order(phone.keys, received)))
    figures = [Figure("dtmf_in_lost", inward, NONE, wanted=n), Figure("dtmf_out_lost", outward, NONE, wanted=n)]
    return [_named(one, phones) for one in figures]


async def _keys_came(phone: Telephone) -> None:
    """Wait until the phone has received twelve keys from the agent, but not longer than 15 s."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_KEYS):
            while len(phone.keys) < len(KEYS):  # noqa: ASYNC110  # the two kinds of phones have no common event
                await asyncio.sleep(0.05)


def _received(stage: Stage) -> str:
    """Return the keys that the agent received in the last call, without the key D, which is the request to send the
    keys back.
    """
    try:
        with Reader(stage.journal) as reader:
            records = reader.records(reader.find("last"), names=["KeyPressed"])
    except JournalError as error:
        tell(f"keys: {error}")
        return ""
    return "".join(str(one.body["digit"]) for one in records).upper().removesuffix("D")


def _in_order(keys: str, expected: str) -> int:
    """Return how many of the expected keys arrived in the expected order."""
    count = 0
    for key in expected:
        at = keys.find(key)
        if at >= 0:
            count, keys = count + 1, keys[at + 1 :]
    return count


async def calls_at_once(phones: Phones) -> list[Figure]:
    """Make 20 calls at the same time, first with offhook, then with LiveKit alone. Return the figures."""
    figures: list[Figure] = []
    for agent, end in ((PHONE, ""), (PHONE_STOCK, "_stock")):
        tell(f"at once{phones.suffix}{end}: {AT_ONCE} calls")
        every = await asyncio.gather(*(_one_of_many(phones, agent) for _ in range(AT_ONCE)))
        greeted = [one for one in every if one is not None]
        missing = Figure(
            f"at_once_not_answered{end}", [float(AT_ONCE - len(greeted))], None if end else NONE, calls=AT_ONCE
        )
        figures += [
            missing,
            Figure(f"at_once_lost_ms{end}", [one.lost_ms() for one in greeted], calls=AT_ONCE),
            Figure(f"at_once_answered_ms{end}", [one.answered_ms for one in greeted], calls=AT_ONCE),
            Figure(f"at_once_greeted_ms{end}", [one.answered_ms + one.greeting_ms for one in greeted], calls=AT_ONCE),
        ]
    return [_named(one, phones) for one in figures]


async def _one_of_many(phones: Phones, agent: str) -> _Greeted | None:
    try:
        async with phones.call(agent) as phone, asyncio.timeout(_ALL):
            return await _greeting(phone)
    except (OffhookError, TimeoutError) as error:
        tell(f"at once{phones.suffix}: a call was not greeted: {str(error).partition(';')[0]}")
        return None


def _named(figure: Figure, phones: Phones) -> Figure:
    return Figure(f"{figure.key}{phones.suffix}", figure.values, figure.goal, figure.calls, figure.held, figure.wanted)
