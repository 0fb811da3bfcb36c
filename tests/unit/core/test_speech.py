"""Only the texts of a record that may be speech are changed."""

from offhook.core.speech import UNRECORDED, changed, unrecorded


def test_a_record_of_a_pause_has_no_words_and_keeps_the_rest() -> None:
    body = {"role": "user", "text": "4111", "parts": [{"text": "4111", "tag": "x"}], "since": 1.5, "none": ""}
    assert unrecorded("MessageCommitted", body) == {
        "role": "user",
        "text": UNRECORDED,
        "parts": [{"text": UNRECORDED, "tag": "x"}],
        "since": 1.5,
        "none": "",
    }


def test_a_reason_keeps_what_it_does_not_quote() -> None:
    assert unrecorded("Note", {"why": "the model failed: 4111"}) == {"why": "the model failed"}


def test_names_stay() -> None:
    assert changed("ToolStarted", {"name": "pay", "arguments": "4111"}, str.upper) == {
        "name": "pay",
        "arguments": "4111",
    }
    assert changed("Other", {"name": "pay", "agent": "desk"}, str.upper) == {"name": "PAY", "agent": "desk"}
