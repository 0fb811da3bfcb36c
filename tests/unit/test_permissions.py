"""What a change of rights means for the person, and what the command prints."""

from dataclasses import replace

import pytest

from offhook.control.permissions import Person, Rights, consequences

CALLER = Rights(
    publish=True, subscribe=True, data=True, hidden=False, update_own_metadata=False, sources=("microphone",)
)
ADA = Person("ada", "Ada", CALLER, published=1)


def changed(person: Person, **rights: object) -> Person:
    return replace(person, rights=replace(person.rights, **rights))  # type: ignore[arg-type]  # by name


def test_a_change_of_nothing_has_no_consequences() -> None:
    assert consequences(ADA, ADA) == ()


def test_a_withdrawn_microphone_does_not_come_back_by_itself() -> None:
    (note,) = consequences(ADA, changed(ADA, publish=False))
    assert note == "The person's tracks are unpublished. They do not come back when the right is restored."


def test_a_person_without_a_track_loses_no_track() -> None:
    listener = replace(ADA, published=0)
    assert consequences(listener, changed(listener, publish=False)) == ()


def test_who_may_publish_again_must_publish_again() -> None:
    (note,) = consequences(changed(ADA, publish=False), ADA)
    assert "must publish its microphone (again)" in note


def test_a_listener_who_may_publish_may_also_show_a_screen() -> None:
    listener = changed(ADA, publish=False, data=False, sources=())
    _, note = consequences(listener, changed(listener, publish=True))
    assert note == "The right includes camera and screen, because the token does not name sources."


@pytest.mark.parametrize(
    ("rights", "words"),
    [({"subscribe": False}, "still receives messages"), ({"hidden": True}, "still see the person")],
)
def test_what_a_right_does_not_take_away_is_told(rights: dict[str, bool], words: str) -> None:
    silent = changed(ADA, data=False)
    (note,) = consequences(silent, changed(silent, **rights))
    assert words in note


@pytest.mark.parametrize("rights", [{"data": False}, {"update_own_metadata": True}])
def test_other_rights_have_no_consequences_beyond_themselves(rights: dict[str, bool]) -> None:
    assert consequences(ADA, changed(ADA, **rights)) == ()


def test_a_hidden_person_who_may_send_data_is_warned_of() -> None:
    monitor = changed(ADA, publish=False, data=False, hidden=True)
    (note,) = consequences(monitor, changed(monitor, data=True))
    assert note == "A hidden person who may send data can call the agent's RPC methods without an identity."
