"""The telephones of `bench.phone`: emulated phones that join a room, and phones that call through livekit-sip. Both
kinds have the same interface.
"""

import asyncio
import itertools
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from livekit import api, rtc

from bench.agents import NAMES
from bench.stage import Stage
from offhook.testing.live.caller import Caller
from offhook.testing.live.hearing import SoundOnset, Utterance
from offhook.testing.live.phone import Phone
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.sip import LocalSip, SipLeg, SipPhone
from offhook.testing.speech import Samples

__all__ = ["EmulatedPhones", "Phones", "Telephone", "WirePhones"]

_ACTIVE = 0.02
"""An emulated phone answers this many seconds after it has subscribed to the agent's track. livekit-sip 1.11.0 needs 16
to 29 ms.
"""
_ANSWER = 60.0


class Telephone(Protocol):
    """One call of a telephone. All times are values of `time.monotonic()`."""

    @property
    def joined_at(self) -> float: ...
    @property
    def heard(self) -> list[Utterance]: ...
    @property
    def ended_at(self) -> float | None: ...
    @property
    def keys(self) -> str: ...

    async def answered(self) -> float: ...
    async def hears(self, *, timeout: float = 10.0, since: float | None = None) -> SoundOnset: ...  # noqa: ASYNC109  # as in Caller
    async def quiet(self, *, for_: float = 0.5, timeout: float = 30.0) -> float: ...  # noqa: ASYNC109  # as in Caller
    async def press(self, keys: str, /) -> None: ...
    async def ended(self, timeout: float = 10.0) -> str: ...  # noqa: ASYNC109  # as in Caller
    def samples(self, since: float) -> Samples: ...


class Phones(Protocol):
    """Phones of one kind. The names of the figures that are measured with these phones end in `suffix`."""

    @property
    def suffix(self) -> str: ...
    def call(self, agent: str) -> AbstractAsyncContextManager[Telephone]:
        """Call this agent, and yield the telephone. The phone hangs up at the end of the `with` block."""
        ...


class _EmulatedPhone(Caller):
    """A phone that rings until it receives the agent's track. Then the phone answers, as livekit-sip does, and records
    audio.
    """

    keys = ""
    _answered_at = 0.0

    async def __aenter__(self) -> Self:
        self._track = asyncio.Event()
        self._participant.room.on("track_subscribed", self._on_track)
        self._participant.room.on("sip_dtmf_received", self._on_key)
        return await super().__aenter__()

    async def answered(self) -> float:
        """Wait for the agent's track, answer, and return the time of the answer."""
        try:
            await asyncio.wait_for(self._track.wait(), _ANSWER)
        except TimeoutError:
            raise WaitTimeoutError(f"no track of the agent within {_ANSWER:g} s") from None
        await asyncio.sleep(_ACTIVE)
        self._answered_at = time.monotonic()
        await self.set_sip_status("active")
        return self._answered_at

    def samples(self, since: float) -> Samples:
        return super().samples(max(since, self._answered_at))

    def _on_track(self, *_: object) -> None:
        self._track.set()

    def _on_key(self, key: rtc.SipDTMF) -> None:
        self.keys += key.digit


@dataclass(frozen=True, slots=True)
class EmulatedPhones:
    """Emulated phones, which are room participants of kind SIP."""

    stage: Stage
    suffix: str = ""

    @asynccontextmanager
    async def call(self, agent: str) -> AsyncIterator[Telephone]:
        server = self.stage.server
        phone = _EmulatedPhone(
            url=server.url,
            api_key=server.api_key,
            api_secret=server.api_secret,
            room=self.stage.new_room(),
            identity="sip_caller",
            agent=NAMES[agent],
            phone=Phone(status="ringing"),
        )
        async with phone:
            yield phone


class _WirePhone:
    """The call leg of one SIP phone."""

    def __init__(self, leg: SipLeg) -> None:
        self._leg = leg
        self.joined_at = leg.joined_at
        self.press, self.hears, self.quiet, self.ended = leg.press, leg.hears, leg.quiet, leg.ended

    @property
    def heard(self) -> list[Utterance]:
        return self._leg.heard

    @property
    def ended_at(self) -> float | None:
        return self._leg.ended_at

    @property
    def keys(self) -> str:
        return self._leg.keys

    async def answered(self) -> float:
        return await self._leg.answered(timeout=_ANSWER)

    def samples(self, since: float) -> Samples:
        until = math.inf if self.ended_at is None else self.ended_at  # sound after the BYE does not count
        frames = [pcm for at, pcm in self._leg.rtp.hearing.frames() if since <= at <= until]
        return np.concatenate(frames) if frames else np.zeros(0, np.int16)


class WirePhones:
    """Phones that call livekit-sip with SIP and RTP, over the loopback interface."""

    suffix = "_wire"
    _numbers = itertools.count(15551230001)

    def __init__(self, sip: LocalSip, numbers: Mapping[str, str]) -> None:
        self._sip, self._dialled = sip, numbers

    @classmethod
    async def open(cls, stage: Stage, sip: LocalSip, agents: Mapping[str, str]) -> Self:
        """Create a trunk and a dispatch rule for the number of each agent, and return the phones."""
        server = stage.server
        async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
            for agent, number in agents.items():
                trunk = api.SIPInboundTrunkInfo(name=number, numbers=[number], allowed_addresses=["127.0.0.1/32"])
                made = await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
                rule = api.SIPDispatchRuleInfo(trunk_ids=[made.sip_trunk_id])
                rule.rule.dispatch_rule_individual.room_prefix = "bench"
                rule.room_config.agents.add(agent_name=NAMES[agent])
                await client.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=rule))
        return cls(sip, agents)

    @asynccontextmanager
    async def call(self, agent: str) -> AsyncIterator[Telephone]:
        async with SipPhone(f"+{next(self._numbers)}") as phone:
            yield _WirePhone(phone.call(self._dialled[agent], self._sip.address))
