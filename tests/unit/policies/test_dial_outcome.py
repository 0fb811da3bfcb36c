"""The outcome of an attempt to dial, from the errors that livekit-server 1.13.5 with livekit-sip 1.11.0 returns."""

import pytest

from offhook.policies.dial_outcome import outcome_of

TIMED_OUT = "twirp error unknown: sip request timed out"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (486, "busy"),
        (600, "busy"),
        (603, "declined"),
        (607, "declined"),
        (403, "declined"),
        (487, "declined"),
        (408, "no_answer"),
        (480, "no_answer"),
        (404, "unreachable"),
        (410, "unreachable"),
        (484, "unreachable"),
        (604, "unreachable"),
        (500, "unreachable"),
        (503, "unreachable"),
    ],
)
def test_a_sip_code_gives_the_outcome(code: int, outcome: str) -> None:
    assert outcome_of("any", "any", code=code, phrase="Why", rang=True) == (outcome, f"SIP {code} Why")


def test_a_phone_that_rang_was_not_answered() -> None:
    assert outcome_of("canceled", TIMED_OUT, code=0, rang=True)[0] == "no_answer"


def test_a_phone_that_never_rang_is_unreachable() -> None:
    assert outcome_of("canceled", TIMED_OUT, code=0, rang=False)[0] == "unreachable"


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        ("not_found", "requested sip trunk does not exist", "does this outbound trunk exist?"),
        ("failed_precondition", "twirp error unknown: sip server required auth", "name and password of the trunk"),
        ("permission_denied", "permissions denied", "may this API key make SIP calls?"),
        ("internal", "broken", "look at the SIP service"),
    ],
)
def test_anything_else_is_our_own_fault_and_says_what_to_look_at(error: str, message: str, hint: str) -> None:
    outcome, text = outcome_of(error, message, code=0, rang=False)
    assert outcome == "failed"
    assert hint in text
    assert "twirp" not in text
