"""Faults combined with circumstances: each fault strikes, at the right time."""

from functools import cache
from pathlib import Path

import pytest

from offhook.core.errors import OffhookError
from offhook.testing.drill import CIRCUMSTANCES, Rehearsal, circumstance, drill, judge, rehearse
from offhook.testing.drill.lines import LINES
from offhook.testing.drill.moment import Moment, happened
from offhook.testing.faults import named

pytestmark = pytest.mark.slow

AGENT = Path(__file__).parents[3] / "agents" / "agent.py"


@cache
def played(fault: str, name: str) -> Rehearsal:
    crossed = circumstance(name)
    return rehearse(crossed.agent or AGENT, named(fault), circumstance=crossed)


def at(call: Rehearsal, name: str) -> list[float]:
    return [call.began + record.elapsed for record in call.records if record.name == name]


@pytest.mark.parametrize("name", [one.name for one in CIRCUMSTANCES])
def test_the_fault_strikes_in_every_circumstance(name: str) -> None:
    call = played("openai.slow_4", name)
    assert (bool(call.struck), call.came) == (True, True)
    assert judge(call, circumstance=circumstance(name)).missed == ""


def test_a_fault_waits_for_the_tool() -> None:
    call = played("openai.slow_4", "tool")
    (began,) = at(call, "ToolStarted")
    assert min(call.struck) >= began


def test_the_new_agent_is_the_one_with_the_fault() -> None:
    call = played("openai.slow_4", "handed_off")
    (handed_off,) = at(call, "AgentHandoff")
    second = next(turn for turn in call.turns if turn.line == LINES[1])
    assert handed_off < second.ended
    assert min(call.struck) > handed_off


def test_a_sound_without_words_is_made_while_the_caller_waits_and_is_no_turn() -> None:
    call = played("openai.slow_4", "sound")
    second = next(turn for turn in call.turns if turn.line == LINES[1])
    assert any(second.ended + 0.5 < began < second.until for began in at(call, "CallerStateChanged"))
    assert [turn.line for turn in call.turns] == list(LINES)


def test_a_fault_that_never_struck_is_an_error_of_the_drill() -> None:
    silent = rehearse(AGENT, None)
    assert judge(silent).missed == "the fault did not act"


def test_a_circumstance_that_never_came_is_an_error_of_the_drill() -> None:
    call = rehearse(AGENT, named("openai.refused_429_x1"), circumstance=circumstance("handed_off"))
    assert judge(call, circumstance=circumstance("handed_off")).missed == "the circumstance 'handed_off' did not occur"


def test_a_fault_of_the_model_waits_for_the_circumstance_and_one_of_the_recogniser_does_not() -> None:
    model, recogniser = (Moment(circumstance("tool"), service) for service in ("openai", "deepgram"))
    for moment in (model, recogniser):
        moment.speaks(1)
        moment.speaks(2)
    assert (model.now, recogniser.now) == (1, 2)
    model.begin()
    assert model.now == 2


def test_outside_a_drill_the_agents_of_the_kit_tell_nobody() -> None:
    happened()


def test_a_misspelt_circumstance_is_told() -> None:
    with pytest.raises(OffhookError, match="did you mean handoff"):
        circumstance("handof")


def test_what_cannot_be_had_with_a_model_is_not_played() -> None:
    assert list(drill(AGENT, ["realtime.silent"], circumstances=["hook"])) == []
