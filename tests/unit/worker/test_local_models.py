"""The weights of LiveKit's turn detector are loaded unless no setting and no module of the agent can select it."""

import json
import os
from pathlib import Path
from types import ModuleType

import pytest

from offhook.settings import Settings, load_settings
from offhook.worker.local_models import choose_local_models, names_turn_detector

VARIABLE = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
VAD = ["offhook.models.preload_vad"]
PLAIN = "from offhook import Plan, serve\nplan = lambda call: Plan(agent=None, session={'turn_detection': 'vad'})\n"
MAY_SELECT = [
    "from livekit.agents import AgentSession\nsession = AgentSession(llm=None)",
    "from livekit import agents\nsession = agents.AgentSession()",
    "from livekit.agents.inference import TurnDetector\noptions = {'turn_detection': TurnDetector()}",
    "plan = Plan(agent=None, session={'turn_handling': {'endpointing': {'min_delay': 1}}})",
    "plan = dict(turn_handling=options())",
    "this AgentSession is no Python",
]
CANNOT_SELECT = [
    PLAIN,
    "this is no Python",
    "'''Has its own AgentSession.'''\nx = 1",
    "from livekit.agents import AgentSession\nsession = AgentSession(turn_detection='stt')",
    "plan = Plan(agent=None, session={'turn_handling': {'turn_detection': 'vad'}})",
]


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "to be undone")
    monkeypatch.delenv(VARIABLE)


def settings(**values: str) -> Settings:
    return load_settings().model_copy(update={"preset": "offline", **values})


def module(tmp_path: Path, text: str) -> ModuleType:
    """A module of an agent, in a file."""
    made = ModuleType("agent")
    made.__file__ = str(tmp_path / "agent.py")
    Path(made.__file__).write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("text", MAY_SELECT)
def test_the_weights_are_loaded_for_a_module_that_may_select_the_detector(tmp_path: Path, text: str) -> None:
    agent = module(tmp_path, text)
    assert names_turn_detector(Path(str(agent.__file__)))
    assert choose_local_models(settings(), [json, agent]) == []
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("text", CANNOT_SELECT)
def test_the_weights_are_left_out_for_a_module_that_cannot_select_the_detector(tmp_path: Path, text: str) -> None:
    assert choose_local_models(settings(), [json, module(tmp_path, text)]) == VAD
    assert os.environ[VARIABLE] == "0"


def test_the_settings_can_select_the_detector(tmp_path: Path) -> None:
    agent = module(tmp_path, PLAIN)
    assert choose_local_models(settings(turn_detection="v1-mini"), [agent]) == []
    assert choose_local_models(settings(turn_detection="stt"), [agent]) == VAD


@pytest.mark.parametrize("value", ["0", "1"])
def test_livekits_own_variable_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert choose_local_models(settings(), [module(tmp_path, PLAIN)]) == []
    assert os.environ[VARIABLE] == value


def test_installed_packages_and_offhook_itself_do_not_count() -> None:
    import livekit.agents.voice

    import offhook.session.build

    assert choose_local_models(settings(), [livekit.agents.voice, offhook.session.build, json]) == VAD
