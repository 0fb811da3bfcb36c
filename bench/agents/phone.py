"""The measured telephone agent with offhook. The DTMF keys A to D end the call in four ways. If other keys were pressed
before, D sends these keys back instead.
"""

from livekit.agents import Agent

from bench.agents import NAMES, PHONE
from bench.clips import GOODBYE, TONE_GREETING
from bench.models import session_options
from offhook import Call, OngoingCall, Plan, serve
from offhook.facts import KeyPressed

__all__ = ["HEADERS"]

HEADERS = {"X-Outcome": "measured"}


class Keys:
    """Collects the pressed DTMF keys of one call, and acts on the keys A to D."""

    def __init__(self) -> None:
        self._pressed = ""

    async def on_key(self, fact: KeyPressed, ongoing: OngoingCall) -> None:
        """The key A closes the room, B hangs up the phone, and C removes the agent.

        D sends back the other keys that were pressed before. If there are none, D ends the call and adds SIP headers.
        """
        match fact.digit.upper():
            case "A":
                ongoing.end(GOODBYE, scope="room")
            case "B":
                ongoing.end(GOODBYE, scope="caller")
            case "C":
                ongoing.end(GOODBYE, scope="agent")
            case "D" if self._pressed:
                await ongoing.send_keys(self._pressed)
            case "D":
                ongoing.end(GOODBYE, headers=HEADERS)
            case digit:
                self._pressed += digit


async def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one measured call."""
    return Plan(
        agent=Agent(instructions="You are measured."),
        greeting=TONE_GREETING,
        session=session_options(),
        on={KeyPressed: Keys().on_key},
    )


server = serve(plan, agent_name=NAMES[PHONE], port=0)
