"""The screen of `offhook top`: what the table shows, what keys do, and that names of callers control nothing."""

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from offhook.cli.remote.live_rows import LiveRows
from offhook.cli.remote.top_state import Screen, keys_of, press, with_calls
from offhook.cli.remote.top_table import draw, draw_followed, table
from offhook.cli.remote.words import answer_words, doing, length

HOSTILE = "[bold red]\x1b[2J\x1b]0;owned\x07[/]\n\u202emoc.knab\r"


def state(room: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "room": room,
        "identity": f"agent-{room}",
        "call": f"AJ_{room}",
        "agent": "Desk",
        "caller": {"identity": "web-1", "kind": "phone", "number": "+15105550100", "name": ""},
        "agent_state": "listening",
        "caller_state": "listening",
        "quiet": "",
        "ending": "",
        "latency": 0.4,
        "seconds": 65.2,
        "last": {"who": "assistant", "text": "How can I help?"},
    }
    return {**plain, **changes}


def drawn(shown: RenderableType, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width, height=30, force_terminal=True, color_system=None).print(shown)
    return out.getvalue()


def broken(room: str, code: str = "not_offhook") -> dict[str, Any]:
    return {"room": room, "identity": "x", "agent": "", "call": "x", "error": code, "detail": "it is not offhook"}


def test_a_row_has_what_an_operator_looks_for() -> None:
    lines = drawn(table([state("front-7", agent_state="speaking")], 120)).splitlines()
    assert lines[0].split() == ["room", "agent", "caller", "state", "length", "answer", "last", "words"]
    for text in ("front-7", "Desk", "+15105550100", "agent speaks", "1:05", "0.40 s", "agent: How can I help?"):
        assert text in lines[1]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_table_never_is_wider_than_the_terminal(width: int) -> None:
    long = state("room-" * 20, caller={"number": "", "name": "名前" * 30, "identity": "x"}, agent="A" * 80)
    shown = drawn(draw(with_calls(Screen(), [long, state("b"), broken("c")]), width, 30), width)
    assert max(Console(width=999).measure(line).maximum for line in shown.splitlines()) <= width
    assert "1:05" in shown


def test_names_and_texts_are_neither_markup_nor_control_codes() -> None:
    caller = {"number": "", "name": HOSTILE, "identity": "x"}
    hostile = state(HOSTILE, caller=caller, agent=HOSTILE, last={"who": "user", "text": HOSTILE}, ending=HOSTILE)
    screen = with_calls(Screen(notice=HOSTILE), [hostile, {**broken(HOSTILE), "detail": HOSTILE}])
    rows = LiveRows().add(record(0, "MessageCommitted", role="assistant", text=HOSTILE, interrupted=False))
    asked, _ = press(screen, "e")
    followed = draw_followed(Screen(calls=screen.calls, followed=screen.chosen, notice=HOSTILE), rows, 120, 30)
    for shown in (drawn(draw(screen, 120, 30)), drawn(draw(asked, 120, 30)), drawn(followed)):
        plain = shown.replace("\x1b[0m", "")
        assert [
            char for char in "\x1b\x07\r\u202e" if char in plain.replace("\x1b[7m", "").replace("\x1b[2m", "")
        ] == []
        assert "[bold red]" in shown
    for query, answer in (("state", hostile), ("transcript", {"messages": [{"who": HOSTILE, "text": HOSTILE}]})):
        assert not set("\x1b\x07\r\u202e") & set(answer_words(query, answer))


def record(seq: int, name: str, **body: Any) -> dict[str, Any]:
    return {"seq": seq, "at": 1.0, "elapsed": 1.0, "kind": "fact", "name": name, "by": "", "cause": None, "body": body}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "listening"),
        ({"agent_state": "speaking"}, "agent speaks"),
        ({"caller_state": "speaking"}, "caller speaks"),
        ({"agent_state": "thinking"}, "thinking"),
        ({"caller_state": "away"}, "caller away"),
        ({"quiet": "hold"}, "quiet: hold"),
        ({"ending": "silence", "agent_state": "speaking"}, "ending: silence"),
        ({"error": "not_offhook"}, "not offhook"),
        ({"error": "unreachable"}, "no answer"),
        ({"agent_state": "initializing"}, "starting"),
    ],
)
def test_what_a_call_does_now_is_told_in_words(changes: dict[str, Any], words: str) -> None:
    assert doing(state("a", **changes)) == words


def test_lengths_are_told_as_clocks_do() -> None:
    assert [length(seconds) for seconds in (5, 65.9, 3725, None)] == ["0:05", "1:05", "1:02:05", ""]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"\x1b[A", ["up"]),
        (b"\x1bOB", ["down"]),
        (b"\x1b[B\x1b[B", ["down", "down"]),
        (b"\x1b", ["escape"]),
        (b"\r", ["enter"]),
        (b"jkq", ["down", "up", "q"]),
        (b"\x1b[5~", []),
        (b"\xff", []),
    ],
)
def test_what_the_terminal_sends_is_read_as_keys(data: bytes, keys: list[str]) -> None:
    assert list(keys_of(data)) == keys


def test_the_choice_moves_and_stays_with_its_call() -> None:
    screen = with_calls(Screen(), [state("a"), state("b"), state("c")])
    assert screen.place == 0
    screen, _ = press(screen, "down")
    screen = with_calls(screen, [state("0"), state("a"), state("b"), state("c")])
    assert screen.chosen == "b\nagent-b"
    screen = with_calls(screen, [state("0"), state("a"), state("c")])
    assert screen.chosen == "c\nagent-c"
    assert with_calls(screen, []).call is None
    assert press(with_calls(screen, []), "e") == (with_calls(screen, []), None)


def test_a_call_is_ended_only_after_a_yes() -> None:
    screen = with_calls(Screen(), [state("a")])
    asked, action = press(screen, "e")
    assert (asked.asks, action) == (True, None)
    assert "end this call without a goodbye? y/n  room a" in drawn(draw(asked, 120, 30))
    assert press(asked, "n") == (screen, None)
    assert press(asked, "y") == (screen, "end")
    assert press(asked, "q") == (screen, None)


def test_the_question_is_withdrawn_if_the_call_is_gone() -> None:
    asked, _ = press(with_calls(Screen(), [state("a"), state("b")]), "e")
    assert not with_calls(asked, [state("b")]).asks


def test_no_key_ends_another_call_than_the_followed_one() -> None:
    screen, action = press(with_calls(Screen(), [state("a"), state("b")]), "enter")
    assert action == "follow"
    gone = with_calls(screen, [state("b")])
    assert press(gone, "e") == (gone, None)
    back, action = press(gone, "escape")
    assert (back.followed, action) == ("", "back")


def test_a_call_without_offhook_says_why_it_takes_no_keys() -> None:
    screen = with_calls(Screen(), [broken("a")])
    for key in ("e", "enter"):
        refused, action = press(screen, key)
        assert (refused.notice, refused.asks, refused.followed, action) == ("it is not offhook", False, "", None)


def test_the_chosen_call_is_always_on_the_screen() -> None:
    screen = with_calls(Screen(), [state(f"room-{number:02}") for number in range(40)])
    for _ in range(39):
        screen, _ = press(screen, "down")
    shown = drawn(draw(screen, 120, 12))
    assert "room-39" in shown
    assert "room-00" not in shown
    assert len(shown.splitlines()) <= 12


def test_a_server_that_does_not_answer_is_named_and_the_calls_stay() -> None:
    screen = with_calls(Screen(), [state("a")])
    shown = drawn(draw(Screen(calls=screen.calls, chosen=screen.chosen, trouble="it is down"), 120, 30))
    assert "not up to date: it is down" in shown
    assert "1:05" in shown


def test_no_calls_are_said_to_be_none_only_after_a_look() -> None:
    assert "looking for calls" in drawn(draw(Screen(), 120, 30))
    assert "no running calls" in drawn(draw(with_calls(Screen(), []), 120, 30))


def test_a_follower_learns_the_reason_of_the_end() -> None:
    rows = LiveRows()
    rows.add(record(0, "EndRequested", reason="silence", by="ladder", detail="", goodbye=""))
    assert rows.reason == "silence"
    rows.add(record(1, "EndCancelled", reason="silence"))
    assert rows.reason == ""


def test_a_record_that_is_too_long_or_of_another_version_still_has_a_row() -> None:
    rows = LiveRows()
    assert "too long" in rows.add(record(0, "Say", too_long=10_000))[0].text
    assert rows.add(record(1, "MessageCommitted", words="new"))[0].text == "MessageCommitted"
