"""The end of a transcript is classified as people end sentences."""

import pytest

from offhook.policies.endpointing.words import affirms_or_denies, transcript_end


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("", "unknown"),
        ("  ... ", "unknown"),
        ("I would like a large coffee.", "sentence"),
        ("What time do you open?", "sentence"),
        ('He said "stop!"', "sentence"),
        ("I would like a large coffee", "open"),
        ("I am calling because", "continues"),
        ("I am calling because.", "continues"),
        ("first this, and then", "continues"),
        ("I wanted to ask about", "continues"),
        ("can I just", "continues"),
        ("and I think they're", "continues"),
        ("I would like that", "open"),
        ("the red one,", "continues"),
        ("and I told him...", "continues"),
        ("I think, um", "filler"),
        ("well, uhm.", "filler"),
        ("and then ehm", "filler"),
        ("mm", "open"),
        ("my number is five five five", "dictation"),
        ("it is 0172 33", "dictation"),
        ("it's 555.", "dictation"),
        ("S I L", "dictation"),
        ("I want one", "open"),
        ("so do I", "open"),
        ("I will take 2", "open"),
        ("Hold on.", "hold"),
        ("just a second", "hold"),
        ("okay, let me check", "hold"),
        ("I waited", "open"),
        ("だいじょうぶです。", "sentence"),
    ],
)
def test_a_transcript_ends_like_this(text: str, ending: str) -> None:
    assert transcript_end(text) == ending


@pytest.mark.parametrize("text", ["Yes.", "no thanks", "Yeah, that's right", "that's correct"])
def test_a_short_yes_or_no_is_an_answer(text: str) -> None:
    assert affirms_or_denies(text)


@pytest.mark.parametrize("text", ["", "yes but I also have a question", "maybe", "no it is the other one"])
def test_more_or_other_words_are_no_plain_yes_or_no(text: str) -> None:
    assert not affirms_or_denies(text)
