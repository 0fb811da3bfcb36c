"""The running calls of a route, in the order in which they came."""

from pathlib import Path

import pytest

from offhook.core.facts import Connected, Ended, Fact, HangUpDone, HookRan, RouteMatched
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal

NOW = 1_000_000.0


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    acme, shop = RouteMatched("acme"), RouteMatched("shop")
    calls: dict[str, list[Fact]] = {
        "AJ_z": [Connected("a", "agent"), acme],
        "AJ_hung_up": [acme, HangUpDone("room"), *[HookRan("a", 0.1)] * 20],
        "AJ_ended": [acme, Ended("silence")],
        "AJ_shop": [shop],
        "AJ_b": [acme, *[HookRan("a", 0.1)] * 200],
        "AJ_a": [acme],
    }
    for call, facts in calls.items():
        for seq, fact in enumerate(facts):
            journal.append(Record(call, seq, NOW + seq, float(seq), "fact", type(fact).__name__, to_body(fact)))
    journal.append(Record("AJ_old", 0, NOW - 90_000, 0.0, "fact", "RouteMatched", to_body(acme)))
    assert journal.close(20)
    return path


def test_only_calls_that_run_count_in_the_order_in_which_they_chose_the_route(journal: Path) -> None:
    with Reader(journal) as reader:
        assert reader.calls_on_route("acme", since=NOW - 86_400) == ["AJ_z", "AJ_b", "AJ_a"]
        assert reader.calls_on_route("shop", since=0) == ["AJ_shop"]
        assert reader.calls_on_route("nobody", since=0) == []
