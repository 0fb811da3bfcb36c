"""A simulation provides the keys of every provider's plugin, and no other variable."""

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from offhook.testing.simulation.stand_in_keys import stand_in_keys

READS = """
import os

def key():
    return os.environ.get("ACME_API_KEY") or os.getenv("ACME_TOKEN")

def region():
    return os.environ.get("ACME_REGION", "")

def base():
    return os.environ.get("ACME_BASE_URL")
"""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("livekit.plugins.acme")
    exec(READS, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_a_plugin_finds_its_keys_but_no_address(plugin: ModuleType) -> None:
    with stand_in_keys():
        assert (plugin.key(), plugin.region(), plugin.base()) == ("simulated", "simulated", None)
    assert (plugin.key(), plugin.region()) == (None, "")


def test_a_key_that_is_set_stays(plugin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_API_KEY", "real")
    with stand_in_keys():
        assert plugin.key() == "real"
        monkeypatch.setenv("ACME_API_KEY", "")
        assert plugin.key() == "simulated"


def test_the_file_itself_finds_keys_of_installed_plugins_and_those_it_cannot_do_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    with stand_in_keys():
        assert os.environ.get("DEEPGRAM_API_KEY") == os.getenv("CARTESIA_API_KEY") == "simulated"
        assert os.environ["WEATHER_API_KEY"] == "simulated"
        assert os.environ.get("WEATHER_API_KEY") is None
        assert "WEATHER_API_KEY" not in os.environ
        with pytest.raises(KeyError):
            os.environ["DATABASE_URL"]


def test_a_file_that_asks_for_its_keys_first_is_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from offhook.testing import ScriptedCaller, simulate

    for name in ("OPENAI_API_KEY", "RIME_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    agent = tmp_path / "agent.py"
    agent.write_text(
        "import os\nfrom livekit.agents import Agent, AgentServer, AgentSession, JobContext\n"
        "from livekit.plugins import openai\nif not os.getenv('OPENAI_API_KEY'):\n    raise SystemExit('no key')\n"
        "RIME = os.environ['RIME_API_KEY']\nserver = AgentServer()\n\n@server.rtc_session()\n"
        "async def answer(ctx: JobContext) -> None:\n    session = AgentSession(llm=openai.LLM())\n"
        "    await session.start(Agent(instructions='x'), room=ctx.room)\n    await session.say('Hello.')\n"
    )

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.hangs_up()

    assert simulate(agent, caller).said == ["Hello."]
