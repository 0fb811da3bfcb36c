"""The table of events, and the list of receivers in the settings."""

import base64

import pytest

from offhook.core.facts import FACTS
from offhook.core.webhooks import EVENTS, Message, Receiver, messages, new_secret, parse_receivers

SECRET = new_secret(b"s" * 24)
ALL = tuple(event.name for event in EVENTS)


def _receiver(*words: str) -> Receiver:
    (receiver,) = parse_receivers(" ".join(("https://example.com/hook?token=abc", SECRET, *words)))
    return receiver


def _events(name: str, *receivers: Receiver, **body: object) -> list[str]:
    return [one.event for one in messages(receivers, name, body, call="AJ_1", seq=7)]


def test_every_event_has_a_fact_that_is_there() -> None:
    assert {event.fact for event in EVENTS} <= set(FACTS)


def test_the_end_of_a_call_is_told_before_its_transcript() -> None:
    assert _events("Ended", _receiver(), reason="silence") == ["call.ended", "call.transcript"]


def test_a_failed_call_is_told_as_failed_and_ended() -> None:
    assert _events("Ended", _receiver(), reason="error") == ["call.failed", "call.ended", "call.transcript"]


def test_a_caller_who_is_found_starts_the_call() -> None:
    assert _events("CallerFound", _receiver()) == ["call.started"]
    assert _events("Warned", _receiver()) == []


def test_a_receiver_gets_the_events_that_its_entry_names() -> None:
    assert _receiver("call.transcript,call.ended").events == ("call.ended", "call.transcript")
    assert _receiver().events == ALL
    assert _events("Ended", _receiver("call.failed"), reason="silence") == []


def test_an_event_of_a_call_has_one_id_however_often_its_fact_is_recorded() -> None:
    one, again = (next(messages([_receiver()], "Ended", {}, call="AJ_1", seq=seq)) for seq in (7, 8))
    other = next(messages([_receiver()], "Ended", {}, call="AJ_2", seq=7))
    assert isinstance(one, Message)
    assert one == again
    assert one.id != other.id


def test_the_callers_number_is_for_receivers_that_ask_for_it() -> None:
    assert (_receiver().caller_number, _receiver("caller-number").caller_number) == (False, True)
    assert _receiver("caller-number").events == ALL


def test_several_receivers_and_several_secrets() -> None:
    newer = new_secret(b"n" * 64)
    first, second = parse_receivers(f"https://a.example/x {newer} {SECRET}; https://b.example {SECRET} call.ended ;")
    assert (first.secrets, second.secrets) == ((newer, SECRET), (SECRET,))
    assert first.name.startswith("a.example-")
    assert parse_receivers("") == ()


def test_neither_url_nor_secret_can_be_printed() -> None:
    assert not [one for one in ("token", SECRET) if one in repr(_receiver())]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("example.com", "entry 1 must start with a URL such as https://example.com/webhooks"),
        ("ftp://example.com", "entry 1 must start with a URL such as https://example.com/webhooks"),
        ("https://", "entry 1 must start with a URL such as https://example.com/webhooks"),
        ("https://[::1", "entry 1 must start with a URL such as https://example.com/webhooks"),
        ("https://example.com:99999", "entry 1 must start with a URL such as https://example.com/webhooks"),
        (f"http://example.com {SECRET}", "entry 1 must start with https:// (http:// needs OFFHOOK_WEBHOOKS_PRIVATE=1)"),
        ("https://example.com", "entry 1 has no secret; add one after the URL"),
        ("https://example.com whsec_abc", "entry 1 has a secret that is not whsec_ and base64 of 24 to 64 bytes"),
        (
            f"https://example.com whsec_{base64.b64encode(b's' * 65).decode()}",
            "entry 1 has a secret that is not whsec_ and base64 of 24 to 64 bytes",
        ),
        (f"https://example.com {SECRET} call.over", "entry 1 has 'call.over', which is not an event; the events are "),
        (f"https://a.b {SECRET}; https://a.b {SECRET}", "entry 2 has the URL of an earlier entry; use each URL once"),
        (f"https://a.b {SECRET} {'x' * 32}", "entry 1 has a word that is not an event; a secret starts with whsec_"),
    ],
)
def test_a_wrong_entry_is_told_by_its_number(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^entry") as refused:
        parse_receivers(text)
    assert str(refused.value).startswith(says)


def test_http_is_taken_when_private_addresses_are_allowed() -> None:
    (receiver,) = parse_receivers(f"http://127.0.0.1:8000/hook {SECRET}", private=True)
    assert receiver.url == "http://127.0.0.1:8000/hook"
