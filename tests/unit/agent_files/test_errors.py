"""The error of an agent's own code comes first, with its file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offhook.testing import Callee, ScriptedCaller, SimulatedCall, simulate
from offhook.testing.simulation.user_errors import AgentCodeError

STOCK = """import asyncio
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, function_tool

class Desk(Agent):
    def __init__(self):
        super().__init__(instructions="Be brief.")
{method}

server = AgentServer()
{setup}
@server.rtc_session()
async def answer(ctx: JobContext) -> None:
{first}    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Desk(), room=ctx.room)
{last}
"""
PLAN = """from livekit.agents import Agent
from offhook import Call, Plan, serve

def plan(call: Call) -> Plan:
    raise LookupError("no such customer")

server = serve(plan)
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str = STOCK, **parts: str) -> Path:
        path = tmp_path / "desk.py"
        parts = {"method": "", "setup": "", "first": "", "last": "    await session.say('Welcome.')"} | parts
        path.write_text(text if text is not STOCK else text.format(**parts))
        return path

    return write_file


async def listens(call: ScriptedCaller) -> None:
    await call.hears("Welcome")
    await call.hangs_up()


def told(path: Path) -> str:
    with pytest.raises(AgentCodeError) as error:
        simulate(path, listens)
    return str(error.value).splitlines()[0]


def test_a_raising_entrypoint_is_the_error_of_the_run(write: Write) -> None:
    path = write(first="    raise RuntimeError('DATABASE_URL is not set')\n")
    assert told(path) == f"{path}:13: RuntimeError: DATABASE_URL is not set (the entrypoint failed)"


def test_a_raising_prewarm_is_the_error_of_the_run(write: Write) -> None:
    path = write(setup="\ndef prewarm(process):\n    raise OSError('no model')\n\nserver.setup_fnc = prewarm\n")
    assert told(path) == f"{path}:12: OSError: no model (in prewarm)"


def test_a_raising_on_enter_is_the_error_of_the_run(write: Write) -> None:
    enter = "    async def on_enter(self):\n        self.session.say(self.greeting)\n"
    path = write(method=enter, last="")
    assert told(path) == (f"{path}:8: AttributeError: 'Desk' object has no attribute 'greeting' (in on_enter)")


def test_a_raising_plan_is_the_error_of_the_run(write: Write) -> None:
    path = write(PLAN)
    assert told(path) == f"{path}:5: LookupError: no such customer (no plan for this call)"


def test_the_line_is_that_of_the_agent_and_not_of_the_library(write: Write) -> None:
    path = write(first="    asyncio.get_running_loop().call_later('soon', print)\n")
    assert told(path).startswith(f"{path}:13: TypeError: ")


def test_a_call_that_goes_on_has_the_errors_in_its_result(write: Write) -> None:
    path = write(last="    await session.say('Welcome.')\n    raise ValueError('after the greeting')")
    call = simulate(path, listens)
    assert call.errors == (f"{path}:16: ValueError: after the greeting (the entrypoint failed)",)


def test_a_sound_that_is_a_git_lfs_pointer_is_named(write: Write) -> None:
    sound = "    path = 'hold.wav'\n    import wave\n    wave.open(path)\n"
    path = write(first=sound)
    pointer = path.parent / "hold.wav"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    path.write_text(path.read_text().replace("'hold.wav'", repr(str(pointer))))
    assert f"{path}:15: " in told(path)
    assert f"{pointer} is a Git LFS pointer, not the file: run git lfs pull" in told(path)


def test_a_background_sound_that_is_a_git_lfs_pointer_is_named(write: Write) -> None:
    player = "    from livekit.agents import AudioConfig, BackgroundAudioPlayer\n"
    player += "    sound = BackgroundAudioPlayer(ambient_sound=AudioConfig('POINTER'))\n"
    path = write(first=player, last="    await sound.start(room=ctx.room, agent_session=session)\n")
    pointer = path.parent / "office.ogg"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    path.write_text(path.read_text().replace("POINTER", str(pointer)))
    text = f"{pointer} is a Git LFS pointer, not the file: run git lfs pull (the entrypoint failed)"
    assert told(path) == f"{path}:17: OffhookError: {text}"


def test_model_files_that_are_not_downloaded_are_told_with_the_command(write: Write) -> None:
    raises = "    raise RuntimeError('could not find model. Use `python3 agent.py download-files` to download it')\n"
    assert "; fetch the model files first: python -m livekit.agents download-files (" in told(write(first=raises))


@pytest.mark.parametrize(("code", "said"), [(200, 1), (486, 0), (603, 0), (None, 0)])
def test_an_agent_that_dials_simulates_each_end_of_the_dialling(code: int | None, said: int) -> None:
    async def callee(call: ScriptedCaller) -> None:
        await call.hears("appointment")
        await call.hangs_up()

    call = simulate(
        Path(__file__).parents[3] / "bench/agent_files/dials_out.py",
        callee,
        metadata='{"trunk": "ST_simulated", "number": "+15105550100"}',
        callees=[Callee(code=code)],
    )
    assert (len(call.said), call.errors) == (said, ())


def test_joining_before_supervise_journals_the_call_once(write: Write) -> None:
    path = write(
        "from livekit.agents import Agent, AgentServer, AgentSession, JobContext\n"
        "from offhook import Server, supervise\n"
        "server = Server()\n\n@server.rtc_session()\nasync def answer(ctx: JobContext) -> None:\n"
        "    await ctx.connect()\n    await ctx.wait_for_participant()\n"
        "    session = AgentSession(stt='deepgram/nova-3', llm='openai/gpt-4.1-mini', tts='cartesia/sonic-3')\n"
        "    async with supervise(ctx, session):\n"
        "        await session.start(Agent(instructions='Be brief.'), room=ctx.room)\n"
        "        await session.say('Welcome.')\n"
    )
    call: SimulatedCall = simulate(path, listens)
    assert [len(call.at(name)) for name in ("Connected", "CallerFound", "SessionStarted")] == [1, 1, 1]
    assert "missing" not in call.timeline
    assert [record.seq for record in call.records] == sorted({record.seq for record in call.records})
