"""SIP headers are checked before they are sent: nothing can be put into the request that is no header."""

import pytest

from offhook.core.commands import parse_command
from offhook.core.errors import CommandError, OffhookError
from offhook.core.headers import MAX_HEADERS, Header, headers_of
from offhook.core.transfer import TransferResult, WarmTransferResult


def test_headers_keep_their_order() -> None:
    assert headers_of({"X-Outcome": "sold ", "Reason": "Q.850;cause=16"}) == (
        Header("X-Outcome", "sold"),
        Header("Reason", "Q.850;cause=16"),
    )
    assert headers_of(None) == headers_of({}) == ()


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-A": "1\r\nVia: x"}, "without line breaks"),
        ({"X-A": "1\x00"}, "control characters"),
        ({"X-A": 7}, "must be text"),
        ({"X A": "1"}, "is not the name of a SIP header"),
        ({"X-A:": "1"}, "is not the name"),
        ({"": "1"}, "is not the name"),
        ({7: "1"}, "is not the name"),
        ({"Call-ID": "1"}, "sets the header Call-ID itself"),
        ({"v": "1"}, "sets the header v itself"),
        ({"Record-Route": "1"}, "sets the header"),
        ({"Content-Length": "0"}, "sets the header"),
        ({"X-A": "x" * 900}, "take 907 bytes"),
        ({f"X-{n}": "" for n in range(MAX_HEADERS + 1)}, "17 headers"),
        ("X-A: 1", "headers is str"),
    ],
)
def test_other_headers_are_refused_with_the_mistake(headers: object, told: str) -> None:
    with pytest.raises(OffhookError, match=told):
        headers_of(headers)  # type: ignore[arg-type]  # what a user may give


def test_a_command_to_end_with_headers_is_checked_when_it_is_read() -> None:
    command = parse_command({"name": "end", "headers": {"X-Outcome": "sold"}})
    (decision,) = command.decide("7", "desk")
    assert decision.headers == (Header("X-Outcome", "sold"),)  # type: ignore[union-attr]  # an `EndCall`
    with pytest.raises(CommandError, match="headers: the value of the header X-A must be text"):
        parse_command({"name": "end", "headers": {"X-A": "1\n"}})


def test_only_a_transfer_with_a_success_is_done() -> None:
    assert TransferResult("done").done
    assert not TransferResult("unknown").done
    assert not TransferResult("failed", code=486).done
    assert WarmTransferResult("joined").joined
    assert not WarmTransferResult("busy", code=486).joined
