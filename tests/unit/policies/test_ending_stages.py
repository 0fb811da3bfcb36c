"""The table of the stages of an ending."""

from typing import get_args

import pytest

from offhook.policies.ending_stages import TRANSITIONS, EndingEvent, EndingStages, Stage


def at(stage: Stage) -> EndingStages:
    made = EndingStages()
    made.stage = stage
    return made


def test_every_stage_is_in_the_table_and_is_reached() -> None:
    assert list(TRANSITIONS) == list(get_args(Stage))
    reached = {stage for following in TRANSITIONS.values() for stage in following.values()}
    assert reached == set(get_args(Stage))


@pytest.mark.parametrize("event", EndingEvent)
@pytest.mark.parametrize("stage", get_args(Stage))
def test_an_event_leads_where_the_table_says_or_changes_nothing(stage: Stage, event: EndingEvent) -> None:
    stages = at(stage)
    following = TRANSITIONS[stage].get(event)
    assert stages.take(event) is (following is not None)
    assert stages.stage == (following or stage)


def test_what_is_over_stays_over() -> None:
    stages = at("over")
    assert not any(stages.take(event) for event in EndingEvent)
    assert stages.stage == "over"


def test_a_hang_up_that_has_begun_is_not_taken_back() -> None:
    assert set(TRANSITIONS["closing"].values()) == {"over"}
