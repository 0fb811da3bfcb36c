"""What the agent asked says how long its caller may think."""

import pytest

from offhook.policies.endpointing.question import asked


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("", "nothing"),
        ("I have noted that.", "nothing"),
        ("Do you want a receipt?", "yes_or_no"),
        ("Okay, so is that everything?", "yes_or_no"),
        ("That was at ten, right?", "yes_or_no"),
        ("Is this your number?", "yes_or_no"),
        ("Do you want tea or coffee?", "open"),
        ("What happened?", "open"),
        ("Can you tell me what happened?", "open"),
        ("Could you spell that for me?", "dictation"),
        ("What is your phone number?", "dictation"),
        ("Please give me your date of birth.", "dictation"),
        ("Thank you. What can I do for you?", "open"),
        ("What is your number? I have time.", "nothing"),
    ],
)
def test_a_message_asks_for_this(message: str, kind: str) -> None:
    assert asked(message) == kind
