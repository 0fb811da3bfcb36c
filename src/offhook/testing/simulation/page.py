"""The actions of a simulated caller's web page: RPC methods, attributes, text and files."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom

__all__ = ["PageActions"]

log = logging.getLogger("offhook")


class PageActions:
    """What a scripted caller does with a web page, such as push-to-talk and uploads."""

    _room: SimulatedRoom
    _person: Person

    def _check_in_call(self, what: str) -> None:
        raise NotImplementedError

    async def types(self, text: str, *, topic: str = "lk.chat") -> None:
        """Send a typed chat message; with another `topic`, send any other text stream."""
        self._check_in_call(f"type {text!r}")
        if not self._room.text(self._person.identity, text, topic):
            raise OffhookError(f"the agent does not read text on {topic!r} yet; wait until the agent has spoken")
        await asyncio.sleep(0)

    async def uploads(self, data: bytes, *, topic: str, name: str = "file") -> None:
        """Send a file as a byte stream."""
        self._check_in_call(f"upload {name}")
        if not self._room.file(self._person.identity, data, topic=topic, name=name):
            raise OffhookError(f"the agent reads no byte streams on {topic!r}; register a handler in the entrypoint")
        await asyncio.sleep(0)

    def sends(self, payload: bytes | str, *, topic: str = "") -> None:
        """Send a data packet."""
        self._check_in_call("send data")
        self._room.data(self._person.identity, payload if isinstance(payload, bytes) else payload.encode(), topic)

    async def calls(self, method: str, payload: str = "") -> str:
        """Call an RPC method of the agent and return its answer; raises `rtc.RpcError` as on a real page."""
        self._check_in_call(f"call {method}")
        agent, codes = self._room.local_participant, rtc.RpcError.ErrorCode
        if method not in agent.methods:
            raise rtc.RpcError(codes.UNSUPPORTED_METHOD, f"the agent has no method {method!r}")
        try:
            return await agent.answer(method, payload, caller=self._person.identity)
        except rtc.RpcError:
            raise
        except Exception as error:  # LiveKit turns any exception into this error
            log.exception("an RPC method of the agent failed")
            raise rtc.RpcError(codes.APPLICATION_ERROR, f"Application error in method handler of {method}") from error

    def answers(self, method: str, answer: Callable[[str], str]) -> None:
        """Set the function that answers when the agent calls this RPC method of the page."""
        self._room.answers[method] = answer

    async def sets(self, attributes: Mapping[str, str]) -> None:
        """Change attributes of the caller's participant."""
        self._check_in_call("set attributes")
        if self._person.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            raise OffhookError("a phone has no page; use becomes() for its call status")
        self._room.change(self._person.identity, attributes)
        await asyncio.sleep(0)
