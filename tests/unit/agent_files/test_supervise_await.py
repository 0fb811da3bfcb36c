"""`await supervise(...)` before `session.start` supervises the call like the block, without an indent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.simulation.job import Job

HEAD = """import asyncio
from livekit.agents import Agent, AgentSession, JobContext
from offhook import Server, Silence, goodbye, say, supervise

server = Server()


@server.rtc_session()
async def answer(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
"""
AWAITED = """    await supervise(ctx, session, silence=Silence(say("Hello?", after=8), goodbye("Bye.", after=8)){more})
    await session.start(Agent(instructions="Be brief."), room=ctx.room)
    await session.say("Welcome.")
"""
BLOCK = """    ladder = Silence(say("Hello?", after=8), goodbye("Bye.", after=8))
    async with supervise(ctx, session, silence=ladder{more}):
        await session.start(Agent(instructions="Be brief."), room=ctx.room)
        await session.say("Welcome.")
"""
SORRY = "I am sorry, something went wrong on our side. Please call again."
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(*parts: str, more: str = "") -> Path:
        path = tmp_path / "desk.py"
        path.write_text(HEAD + "".join(parts).replace("{more}", more))
        return path

    return write_file


async def stays(call: ScriptedCaller) -> None:
    await call.hears("")
    await call.ended()


def test_the_call_is_the_same_as_with_the_block(write: Write) -> None:
    awaited, block = simulate(write(AWAITED), stays), simulate(write(BLOCK), stays)
    assert awaited.said == block.said == ["Welcome.", "Hello?", "Bye."]
    assert (awaited.reason, awaited.asked) == (block.reason, block.asked) == ("silence", ("delete_room",))
    assert [record.name for record in awaited.records] == [record.name for record in block.records]


def test_the_jobs_shutdown_waits_until_the_call_is_finished(write: Write) -> None:
    hook = "\nasync def write_down(finished):\n    await asyncio.sleep(3)\n"
    path = write("", more="")
    path.write_text(
        path.read_text().replace("server = Server()", f"server = Server()\n{hook}")
        + AWAITED.format(more=", after=[write_down]")
    )
    call = simulate(path, stays)
    assert call.records[-1].name == "Ended"
    (ran,) = [record.body for record in call.records if record.name == "HookRan"]
    assert not ran["error"]


def test_an_exception_after_the_start_is_apologised_for_and_ends_the_call(write: Write) -> None:
    call = simulate(write(AWAITED, "    raise LookupError('no such customer')\n"), stays)
    assert (call.reason, call.asked) == ("error", ("delete_room",))
    assert call.detail == "LookupError: no such customer"
    assert SORRY in call.said
    assert "LookupError: no such customer (the entrypoint failed)" in call.errors[0]


def test_an_exception_before_the_start_ends_the_call_too(write: Write) -> None:
    call = simulate(write(AWAITED.partition("    await session.start")[0], "    raise LookupError('nobody')\n"))
    assert (call.reason, call.asked) == ("error", ("delete_room",))


def test_a_caller_who_hangs_up_ends_the_job(write: Write) -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Welcome")
        await call.hangs_up()

    call = simulate(write(AWAITED), caller)
    assert call.reason == "caller_hung_up"
    assert call.records[-1].name == "Ended"


def test_a_shutdown_of_the_job_by_livekit_ends_the_call(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Job] = []
    init = Job.__init__
    monkeypatch.setattr(Job, "__init__", lambda self, *a, **k: (init(self, *a, **k), jobs.append(self))[0])

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Welcome")
        jobs[0]._request_shutdown("the worker stops")
        await call.ended()

    call = simulate(write(AWAITED), caller)
    assert call.asked == ("delete_room",)
    assert call.records[-1].name == "Ended"


@pytest.mark.parametrize("how", [AWAITED, BLOCK])
def test_an_own_away_handler_beside_a_ladder_is_told_once_with_its_line(write: Write, how: str) -> None:
    handler = """
    async def ask() -> None:
        while True:
            await session.say("Do you need more time?")
            await asyncio.sleep(3)

    tasks = []

    @session.on("user_state_changed")
    def idle(event) -> None:
        if event.new_state == "away":
            tasks.append(asyncio.create_task(ask()))

"""
    path = write(handler, how)
    call: SimulatedCall = simulate(path, stays)
    told = [record.body["text"] for record in call.records if record.name == "Warned"]
    text = (
        f"the silence ladder and a user_state_changed handler at {path}:14 both speak to the silent caller; "
        "remove the handler, or leave out silence="
    )
    assert told == [text]


def test_an_own_away_handler_that_only_looks_is_not_told(write: Write) -> None:
    handler = """
    @session.on("user_state_changed")
    def idle(event) -> None:
        pass
"""
    assert not simulate(write(handler, AWAITED), stays).at("Warned")


def test_code_after_the_block_that_speaks_is_warned_with_its_line(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(BLOCK, "    await session.generate_reply(instructions='greet the caller')\n")
    call = simulate(path, stays)
    (warned,) = [one for one in caplog.records if one.message == "the session speaks after the end of its call"]
    assert vars(warned)["line"] == f"{path}:15"
    assert vars(warned)["todo"].endswith("waits until the call ends; move this line into the block")
    text = (
        f"{path}:15: RuntimeError: AgentSession isn't running; the call is over here: the `supervise` block "
        "waits until the call ends; move this line into the block (the entrypoint failed)"
    )
    assert call.errors == (text,)


def test_a_second_session_of_the_call_runs_unsupervised_and_is_warned(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    second = """
    other = AgentSession(llm="openai/gpt-4.1-mini")
    assert await supervise(ctx, other)
    await other.start(Agent(instructions="Take notes."), record=False)
"""
    call = simulate(write(AWAITED, second), stays)
    assert (call.said, call.reason, call.errors) == (["Welcome.", "Hello?", "Bye."], "silence", ())
    assert "a second session of one call is not supervised" in caplog.text


def test_supervise_without_await_is_warned(write: Write) -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Welcome")
        await call.hangs_up()

    with pytest.warns(RuntimeWarning, match="write `await supervise"):
        assert simulate(write(AWAITED.replace("await supervise", "supervise")), caller).said == ["Welcome."]
