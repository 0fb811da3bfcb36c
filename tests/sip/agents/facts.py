"""An agent that writes what it knows about each call to a file, and rejects the call; it answers calls to `meeting`."""

import asyncio
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from livekit.agents import Agent

from offhook import Call, People, Plan, fetch_headers, reject, serve
from offhook.core.sip.sip_facts import SipFacts


def plain(sip: SipFacts) -> dict[str, Any]:
    kept = replace(sip, headers={}, provider_ids={}, problems={})  # type: ignore[arg-type]  # to be written as JSON
    for name in ("caller", "dialled"):
        if (address := getattr(sip, name)) is not None:
            kept = replace(kept, **{name: replace(address, parameters=dict(address.parameters))})
    return {**asdict(kept), "headers": dict(sip.headers), "trust": sip.trust("caller")}


async def plan(call: Call) -> Any:
    assert call.sip is not None
    if call.sip.dialled and call.sip.dialled.user == "meeting":
        return Plan(agent=Agent(instructions="You are a desk."), greeting="Hello.", people=People())
    late = await fetch_headers(call)
    known = {"early": plain(call.sip), "late": plain(late), "attributes": dict(call.caller.attributes)}
    await asyncio.to_thread(Path(os.environ["FACTS_FILE"]).write_text, json.dumps(known), encoding="utf-8")
    return reject("busy")


server = serve(plan, agent_name="facts", port=0)  # any free port
