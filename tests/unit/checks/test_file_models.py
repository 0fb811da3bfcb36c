"""Agent files run up to `session.start` in a process of their own; their models come back."""

import os
from pathlib import Path

import pytest

from offhook.checks.file_models import FileModels, MadeModel, models_of

pytestmark = pytest.mark.slow

PATIENT = 150.0  # two cores, and other tests on them

STOCK = """
import json
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, llm, stt
from livekit.plugins import cartesia, deepgram, openai, silero

server = AgentServer()

class Ears(deepgram.STT):
    pass

class Desk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="", tts=openai.TTS(voice="coral"))

@server.rtc_session(agent_name="desk")
async def entry(ctx: JobContext) -> None:
    await ctx.connect()
    await ctx.wait_for_participant()
    order = json.loads(ctx.job.metadata)
    session = AgentSession(
        vad=silero.VAD.load(),
        stt=stt.FallbackAdapter([deepgram.STT(model="nova-2"), Ears(api_key="mine")]),
        llm=llm.FallbackAdapter(llm=[openai.LLM(model=order["model"]), openai.LLM(base_url="http://127.0.0.1:1")]),
        tts=cartesia.TTS(),
        turn_handling={"turn_detection": "stt"},
    )
    await session.start(agent=Desk(), room=ctx.room)
"""
SERVED = """
from livekit.agents import Agent
from livekit.plugins import openai
from offhook import Call, Plan, serve

def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions=""), session={"llm": openai.LLM(api_key="mine")})

server = serve(plan)
"""


async def found(text: str, file: Path, *, metadata: str = "", **environ: str) -> FileModels:
    file.write_text(text)  # noqa: ASYNC240  # nothing else runs in this loop
    around = {"PATH": os.environ["PATH"], "HOME": str(file.parent), **environ}
    return await models_of(file, environ=around, metadata=metadata, limit=PATIENT)


async def test_a_stock_file_tells_its_models_its_fallbacks_and_the_keys_that_are_missing(tmp_path: Path) -> None:
    made = await found(STOCK, tmp_path / "stock.py", metadata='{"model": "gpt-5"}', OPENAI_API_KEY="", HTTP_PROXY="")
    usual = {"plugin": "openai", "usual": True}
    assert made.models == [
        MadeModel("vad", "local", "silero.VAD silero", plugin="silero", kind="VAD"),
        MadeModel("turn detection", "mode", "stt"),
        MadeModel("stt", "plugin", "nova-2", plugin="deepgram", kind="STT", usual=True),
        MadeModel("stt", "own", "stock.Ears", fallback=True),
        MadeModel("llm", "plugin", "gpt-5", kind="LLM", **usual),
        MadeModel("llm", "plugin", "gpt-4.1", plugin="openai", kind="LLM", fallback=True),
        MadeModel("tts", "plugin", "gpt-4o-mini-tts", kind="TTS", voice="coral", **usual),
    ]
    assert made.started
    keys = {"deepgram": ["DEEPGRAM_API_KEY"], "openai": ["OPENAI_API_KEY"], "cartesia": ["CARTESIA_API_KEY"]}
    assert made.missing == keys
    assert made.errors[0].startswith(f"{tmp_path}/stock.py:22: ValueError: Deepgram API key is required")


REALTIME = """
from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.plugins import openai

server = AgentServer()

@server.rtc_session()
async def entry(ctx: JobContext) -> None:
    session = AgentSession(llm=openai.realtime.RealtimeModel(voice="marin"), vad=None)
    await session.start(agent=Agent(instructions=""), room=ctx.room)
"""


async def test_a_realtime_model_and_its_key_are_told(tmp_path: Path) -> None:
    made = await found(REALTIME, tmp_path / "realtime.py")
    model = MadeModel(
        "realtime", "plugin", "gpt-realtime", plugin="openai", kind="RealtimeModel", voice="marin", usual=True
    )
    assert (made.models, made.missing) == ([model], {"openai": ["OPENAI_API_KEY"]})


async def test_a_file_that_needs_metadata_says_how_to_give_it(tmp_path: Path) -> None:
    made = await found(STOCK, tmp_path / "stock.py")
    advice = '; if the call needs metadata, give it: offhook check FILE --metadata \'{"key": "value"}\''
    assert not made.started
    assert [error.partition(": ")[0] for error in made.errors] == [f"{tmp_path}/stock.py:19"]
    assert made.errors[0].endswith(f"(the entrypoint failed){advice}")


async def test_models_that_offhook_made_are_told_from_those_of_the_plan(tmp_path: Path) -> None:
    made = await found(SERVED, tmp_path / "served.py", OFFHOOK_JOURNAL=str(tmp_path / "journal.db"))
    sources = {one.stage: one.source for one in made.models}
    assert made.errors == []
    assert sources == {"vad": "offhook", "turn detection": "mode", "stt": "offhook", "llm": "plugin", "tts": "offhook"}
    assert not (tmp_path / "journal.db").exists()
