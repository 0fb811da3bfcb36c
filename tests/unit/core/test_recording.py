"""The values of a recording: consent, answers, and the URL of a bucket."""

from typing import Any

import pytest

from offhook.core.errors import PlanError
from offhook.core.recording import Consent, answer_in, bucket_url


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"text": " "}, "give the words"),
        ({"kind": "asked"}, "use 'question' or 'notice'"),
        ({"timeout": 0.5}, "between 1 and 120"),
        ({"timeout": float("nan")}, "between 1 and 120"),
        ({"yes_key": "10"}, "give one key"),
        ({"no_key": "x"}, "give one key"),
        ({"yes_key": "2"}, "give two keys"),
        ({"yes": "yes"}, "in a tuple"),
        ({"no": ()}, "in a tuple"),
    ],
)
def test_a_wrong_value_says_what_to_give(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError, match=says):
        Consent(**wrong)


def test_keys_can_be_left_out() -> None:
    assert Consent(yes_key="", no_key="").yes_key == ""


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes.", "yes"),
        ("OK, go on", "yes"),
        ("Ja, gerne", "yes"),
        ("no problem", "no"),  # not clear, so it counts as no
        ("I'd not like that", "no"),
        ("Sure, but don\N{RIGHT SINGLE QUOTATION MARK}t keep it", "no"),
        ("know", None),
        ("", None),
    ],
)
def test_the_answer_in_words(text: str, answer: str | None) -> None:
    assert answer_in(text, Consent()) == answer


def test_own_words() -> None:
    consent = Consent(yes=("Tak",), no=("Nie",))
    assert [answer_in(text, consent) for text in ("tak", "nie", "yes")] == ["yes", "no", None]


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/calls", "gs://b/c", "az://c/d", "file:///srv/recordings"])
def test_the_url_of_a_bucket_or_folder(url: str) -> None:
    assert bucket_url(f"{url}/") == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("bucket", "must be s3://"),
        ("https://bucket.example.com", "must be s3://"),
        ("s3://", "has no bucket"),
        ("s3://key:secret@bucket", "no password"),
        ("s3://bucket?token=secret", "no password"),
        ("file://recordings", "absolute path"),
        ("file:///", "absolute path"),
        ("s3://[", "must be s3://"),
    ],
)
def test_a_url_that_is_none_says_what_to_write_and_quotes_no_secret(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        bucket_url(url)
    assert "secret" not in str(caught.value)
