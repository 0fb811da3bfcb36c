"""A newcomer's path: a starter agent without offhook is simulated, adopted, run, and called."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from offhook.dev.server import LocalServer
from offhook.testing.sandbox import Oracle, Sandbox, Tone

pytestmark = pytest.mark.live

STARTER = '''"""A voice assistant, made from a starter project."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess, RunContext, cli, function_tool
from livekit.plugins import silero


class Assistant(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You are a helpful voice assistant. Answer in one sentence.")

    @function_tool
    async def lookup_weather(self, context: RunContext, location: str) -> str:
        """Look up the weather at a place.

        Args:
            location: the place

        """
        return f"sunny in {location}, 21 degrees"


server = AgentServer()


def prewarm(proc: JobProcess) -> None:
    proc.userdata["vad"] = silero.VAD.load()


server.setup_fnc = prewarm


@server.rtc_session()
async def my_agent(ctx: JobContext) -> None:
    ctx.log_context_fields = {"room": ctx.room.name}
    session = AgentSession(
        stt="deepgram/nova-3",
        llm="openai/gpt-4.1-mini",
        tts="cartesia/sonic-3",
        vad=ctx.proc.userdata["vad"],
        preemptive_generation=True,
    )
    await session.start(agent=Assistant(), room=ctx.room)
    await ctx.connect()
    await session.generate_reply(instructions="Greet the user and offer your help.")


if __name__ == "__main__":
    cli.run_app(server)
'''


async def offhook(*command: str, folder: Path, **environ: str) -> tuple[int | None, str]:
    """Run `offhook` as a user does, without keys; return the exit code and the output."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "offhook", *command, cwd=folder, env={**plain, **environ}, stdout=pipe, stderr=pipe
    )
    output, errors = await process.communicate()
    return process.returncode, (output + errors).decode()


async def test_a_starter_agent_is_simulated_adopted_and_called(
    livekit: LocalServer, worker_on: Any, tmp_path: Path
) -> None:
    file, journal = tmp_path / "agent.py", tmp_path / "journal.db"
    file.write_text(STARTER)

    code, shown = await offhook("simulate", "agent.py", "silence", folder=tmp_path)
    assert code == 1, shown
    assert "waited 120 s for the end of the call" in shown  # nobody asks a silent caller yet
    code, shown = await offhook("adopt", "agent.py", "--write", folder=tmp_path)
    assert code == 0, shown
    assert re.search(r"^agent.py: \d lines added or changed", shown)

    async with Sandbox(stt=Oracle("Hello?", "Thank you, goodbye."), tts=Tone()) as sandbox:
        with worker_on(file, livekit, journal, "", "--dev", **sandbox.environ()) as desk:
            around = {**livekit.variables(), "OFFHOOK_JOURNAL": str(journal)}
            code, shown = await offhook("call", folder=tmp_path, **around)
    assert code == 0, shown
    assert "says 'Hello?'" not in shown  # drawn from the journal
    assert "ended: caller_hung_up" in shown, shown
    assert not any("models: " in line for line in desk.worker.lines)
