"""Each step of the tutorial does what its page says: a simulated call runs its file."""

import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import jwt
import pytest

from offhook import Settings
from offhook.testing.simulation import ScriptedCaller, SimulatedCall, simulate

from .pages import DOCS, blocks

TUTORIAL = DOCS / "tutorial"
HELLO = "Hello, this is the front desk. How can I help?"


def python(page: str, number: int = 0) -> str:
    return [block.text for block in blocks(TUTORIAL / page) if block.kind == "python"][number]


@pytest.fixture
def hotel(tmp_path: Path) -> Callable[..., SimulatedCall]:
    """Play a call of the agent on a page."""

    def play(page: str, *script: object, **options: object) -> SimulatedCall:
        path = tmp_path / "hotel.py"
        path.write_text(python(page), encoding="utf-8")
        return simulate(path, *script, **options)  # type: ignore[arg-type]  # simulate checks the options

    return play


def load(folder: Path, name: str, text: str) -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def typing(*lines: str) -> Callable[[ScriptedCaller], Awaitable[None]]:
    """A script that types these lines, each after the agent has spoken."""

    async def caller(call: ScriptedCaller) -> None:
        for line in lines:
            await call.hears()
            await call.types(line)
        await call.hears()
        await call.hangs_up()

    return caller


def test_step_1_answers_and_knows_the_hours(hotel: Callable[..., SimulatedCall]) -> None:
    call = hotel("1-answer.md", typing("what are your opening hours"))
    assert call.said[0] == HELLO
    assert "day and night" in call.said[1]


def test_step_2_books_a_table(hotel: Callable[..., SimulatedCall]) -> None:
    call = hotel("2-tool.md", typing("I would like to book a table for two people."))
    assert call.said[1] == "I have booked a table for two."


def test_step_3_asks_a_silent_caller_and_lets_go(hotel: Callable[..., SimulatedCall]) -> None:
    call = hotel("3-silence.md")
    assert call.said == [HELLO, "Are you still there?", "Shall we call you back later?", "I will hang up now. Bye!"]
    assert call.reason == "silence"


def test_step_4_says_goodbye(hotel: Callable[..., SimulatedCall]) -> None:
    call = hotel("4-ending.md", typing("Goodbye."))
    assert call.said[-1] == "Thank you for calling. Goodbye."
    assert call.reason == "agent_ended"


def test_step_4_gives_the_conversation_back(hotel: Callable[..., SimulatedCall]) -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("How can I help")
        await call.says("Goodbye")
        await call.interrupts("wait, one more thing", after="Thank you")
        await call.hears("What else can I do")
        await call.hangs_up()

    assert hotel("4-ending.md", caller).reason == "caller_hung_up"


@pytest.mark.slow
def test_step_5_changes_how_it_speaks_and_starts_over(hotel: Callable[..., SimulatedCall]) -> None:
    lines = ("Please answer more formally.", "What are your opening hours?", "Please start over.")
    call = hotel("5-instructions.md", typing(*lines))
    assert call.said[2].startswith("Certainly, dear guest.")
    assert "We start again." in call.said[3]


@pytest.mark.slow
def test_step_6_is_a_test_that_passes(tmp_path: Path) -> None:
    (tmp_path / "hotel.py").write_text(python("5-instructions.md"), encoding="utf-8")
    tests = load(tmp_path, "test_hotel", python("6-test.md"))

    def played(agent: str, *script: object) -> SimulatedCall:
        return simulate(tmp_path / Path(agent).name, *script)  # type: ignore[arg-type]  # the page's own scripts

    tests.test_a_table_is_booked(played)
    tests.test_a_silent_caller_is_asked_twice_and_let_go(played)


def test_step_7_gives_a_token_that_sends_the_agent(tmp_path: Path) -> None:
    backend = load(tmp_path, "backend", python("7-web.md", 1))
    settings = Settings(LIVEKIT_API_KEY="key", LIVEKIT_API_SECRET="a secret of at least 32 characters")
    token = jwt.decode(backend.invitation(settings, user="1", guest="Ada"), options={"verify_signature": False})
    assert token["roomConfig"]["agents"] == [{"agentName": "hotel", "metadata": '{"guest": "Ada"}'}]
    assert token["video"]["canPublishSources"] == ["microphone"]
