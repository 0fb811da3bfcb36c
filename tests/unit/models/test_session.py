"""The models of a session: those of the plan first, and the settings for the rest."""

from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.plugins import openai

from offhook.core.errors import PlanError
from offhook.core.patience import PRESETS
from offhook.models import choose
from offhook.models.offline.front_desk import front_desk
from offhook.models.offline.recogniser import PocketSphinx
from offhook.models.offline.rules import RuleLLM
from offhook.models.offline.voice import OfflineVoice
from offhook.session.build import build_session
from offhook.session.inbound.endpointing import endpointing_of
from offhook.session.inbound.graded_detectors import GradedDetector, TranscriptDetector
from offhook.session.inbound.words_vad import WordsVad
from offhook.session.plan import Plan
from offhook.settings import Settings


def built(settings: dict[str, str] | None = None, **session: Any) -> AgentSession[Any]:
    plan = Plan(agent=Agent(instructions=""), session=session)
    return build_session(plan, lambda: choose(Settings(**(settings or {}))))


REALTIME = {"realtime": "openai", "openai_api_key": "o"}


def realtime(**options: Any) -> openai.realtime.RealtimeModel:
    return openai.realtime.RealtimeModel(api_key="o", **options)


async def test_the_settings_choose_what_the_plan_leaves_open() -> None:
    session = built()
    assert isinstance(session.vad, WordsVad)
    kinds = [type(part) for part in (session.vad.plain, session.stt, session.llm, session.tts)]
    assert kinds == [inference.VAD, PocketSphinx, RuleLLM, OfflineVoice]
    assert isinstance(session.turn_detection, TranscriptDetector)
    assert session.options.endpointing["min_delay"] == PRESETS["normal"].shortest


CLOUD = {"deepgram_api_key": "d", "openai_api_key": "o", "cartesia_api_key": "c"}


async def test_the_waits_of_a_session_are_graded_unless_somebody_says_plain() -> None:
    def detection(plan: Plan, **more: Any) -> object:
        return build_session(plan, lambda: choose(Settings(**CLOUD)), **more).turn_detection

    agent = Agent(instructions="")
    assert isinstance(detection(Plan(agent=agent)), GradedDetector)
    assert isinstance(detection(Plan(agent=agent, endpointing="quick"), endpointing="plain"), GradedDetector)
    assert not isinstance(detection(Plan(agent=agent, endpointing="plain")), GradedDetector)
    assert not isinstance(detection(Plan(agent=agent), endpointing="plain"), GradedDetector)


async def test_a_model_that_takes_the_turns_itself_keeps_its_turn_handling() -> None:
    session = built(REALTIME)
    assert session.turn_detection == "realtime_llm"
    assert endpointing_of(session) is None


def test_an_unknown_preset_is_refused_with_the_names() -> None:
    with pytest.raises(PlanError, match="use one of quick, normal, patient, dictation, plain"):
        Plan(agent=Agent(instructions=""), endpointing="slow")


async def test_what_the_plan_gives_wins() -> None:
    voice, brain = OfflineVoice(), front_desk()
    session = built(tts=voice, llm=brain, turn_handling={"turn_detection": "manual"})
    assert (session.tts, session.llm, session.turn_detection) == (voice, brain, "manual")
    assert isinstance(session.stt, PocketSphinx)


async def test_nothing_is_chosen_where_the_plan_gives_everything() -> None:
    given = choose(Settings()).session

    def unwanted() -> Any:
        pytest.fail("the plan gives everything")

    session = build_session(Plan(agent=Agent(instructions=""), session=given), unwanted)
    assert session.stt is given["stt"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_livekits_older_arguments_still_say_what_they_say() -> None:
    session = built(turn_detection="manual", min_endpointing_delay=1.5)
    assert session.turn_detection == "manual"
    assert session.options.endpointing["min_delay"] == 1.5


async def test_a_realtime_model_of_the_settings_hears_turns_itself_and_has_a_voice() -> None:
    session = built(REALTIME)
    assert isinstance(session.llm, openai.realtime.RealtimeModel)
    assert isinstance(session.tts, openai.TTS)
    assert (session.stt, session.turn_detection) == (None, "realtime_llm")


async def test_a_realtime_model_of_the_plan_gets_the_voice_of_the_settings() -> None:
    model = realtime()
    session = built(llm=model)
    assert (session.llm, session.stt, session.turn_detection) == (model, None, "realtime_llm")
    assert isinstance(session.tts, OfflineVoice)


async def test_a_realtime_model_that_does_not_detect_turns_is_left_to_livekits_choice() -> None:
    assert built(llm=realtime(turn_detection=None)).turn_detection != "realtime_llm"


async def test_an_llm_of_the_plan_beside_a_realtime_setting_would_hear_nothing() -> None:
    with pytest.raises(PlanError, match="OFFHOOK_REALTIME selects no STT for it; unset"):
        built(REALTIME, llm=front_desk())


async def test_a_vad_of_the_plan_stays_as_it_is() -> None:
    own = inference.VAD(model="silero")
    assert built(vad=own).vad is own
