"""The answers of a plan function: only valid codes and texts are accepted."""

import pytest

from offhook import answer_and_refuse, reject
from offhook.core.answering import Refusal, Rejection
from offhook.core.errors import PlanError


@pytest.mark.parametrize(
    ("why", "code", "detail"),
    [("busy", 486, "busy (486)"), ("declined", 603, "declined (603)"), (480, 480, "SIP code 480"), (603, 603, "decl")],
)
def test_a_rejection_has_a_code_and_ends_the_call_without_words(why: object, code: int, detail: str) -> None:
    rejection = reject(why)  # type: ignore[arg-type]  # by name
    assert rejection == Rejection(code)
    request = rejection.end_request
    assert (request.reason, request.goodbye, request.by) == ("rejected", "", "plan")
    assert request.detail.startswith(detail)
    assert [(one.name, one.value) for one in request.headers] == (
        [] if code == 486 else [("Reason", f"SIP ;cause={code}")]
    )


def test_a_call_is_rejected_as_busy_if_nothing_else_is_said() -> None:
    assert reject() == Rejection(486)


@pytest.mark.parametrize("why", ["Busy", "", 200, 302, 700, True, None, 4.5])
def test_a_rejection_with_another_code_is_refused_with_what_to_write(why: object) -> None:
    with pytest.raises(PlanError, match=r"give 'busy', 'declined' or a SIP code from 400 to 699"):
        reject(why)  # type: ignore[arg-type]  # on purpose


def test_a_refusal_says_its_text_and_ends_the_call() -> None:
    refusal = answer_and_refuse("  We are closed. ")
    assert refusal == Refusal("We are closed.")
    assert (refusal.end_request.reason, refusal.end_request.goodbye) == ("rejected", "We are closed.")


@pytest.mark.parametrize(
    ("text", "what"), [("", "give the sentence"), (" ", "give the sentence"), (7, "give the"), ("a" * 1001, "at most")]
)
def test_a_refusal_without_a_usable_text_is_refused(text: object, what: str) -> None:
    with pytest.raises(PlanError, match=what):
        answer_and_refuse(text)  # type: ignore[arg-type]  # on purpose


def test_a_rejection_and_a_refusal_are_shown_as_they_are_written() -> None:
    shown = [str(one) for one in (reject("declined"), reject(480), answer_and_refuse("Closed."))]
    assert shown == ["reject('declined')", "reject(480)", "answer_and_refuse('Closed.')"]
