"""Figures of many calls: percentiles, ends, silence, tools, costs; and the same as metrics for Prometheus."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from prometheus_client import CollectorRegistry, generate_latest
from typer.testing import CliRunner, Result

from offhook.cli.stats import stats
from offhook.core.ending import Prices
from offhook.core.errors import SettingsError
from offhook.core.facts import (
    AgentStateChanged,
    Connected,
    Ended,
    Fact,
    ModelFailed,
    PreemptiveAnswer,
    ResponseTimed,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    UsageUpdated,
)
from offhook.core.record import Record, to_body
from offhook.core.usage import ModelUsage
from offhook.journal.writer import Journal
from offhook.reports.call_figures import EarlyAnswers, figures_of
from offhook.reports.metrics import CallMetrics
from offhook.reports.prices import PriceTable, read_prices
from offhook.reports.stats import groups_of, percentiles
from offhook.reports.stats_table import stats_text

REALTIME = ModelUsage(
    "llm",
    "api.openai.com",
    "gpt-realtime",
    input_tokens=1_000_000,
    input_audio_tokens=600_000,
    output_tokens=100_000,
    output_audio_tokens=90_000,
)
TTS = ModelUsage("tts", "cartesia", "sonic", characters=1_000_000, spoken=600.0)
TABLE = """
["gpt-realtime"]
input = 4.0
input_audio = 32.0
output = 16.0
output_audio = 64.0

["cartesia/sonic"]
characters = 30.0
"""


def _call(call: str, version: str, heard: float, *more: Fact, reason: str = "caller_hung_up") -> list[Record]:
    facts: list[tuple[float, Fact]] = [
        (0.0, Connected("room", "agent", "desk", version)),
        (0.1, SessionStarted()),
        (8.1, AgentStateChanged("speaking", since=8.1)),
        (9.0, ResponseTimed(heard, committed=0.3, model=heard - 0.5, voice=0.2)),
        *((20.0, fact) for fact in more),
        (30.0, Ended(reason, seconds=30.0)),  # type: ignore[arg-type]  # a reason
    ]
    return [
        Record(call, seq, 1000.0 + at, at, "fact", type(fact).__name__, to_body(fact))
        for seq, (at, fact) in enumerate(facts)
    ]


CALLS = [
    *[_call(f"a{n}", "v1", n / 10 + 0.5) for n in range(1, 11)],
    _call("b1", "v2", 2.0, UsageUpdated(models=(REALTIME, TTS)), reason="silence"),
    _call("b2", "v2", 1.0, ToolStarted("t", "book", "{}"), ToolEnded("t", "error"), ModelFailed("LLM", True, "x")),
]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    journal = Journal.open(tmp_path / "journal.db")
    for records in CALLS:
        for record in records:
            journal.append(record)
    assert journal.close(20)
    (tmp_path / "prices.toml").write_text(TABLE)
    app = typer.Typer()
    app.command()(stats)
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--journal", str(tmp_path / "journal.db")])


@pytest.mark.parametrize(
    ("values", "found"),
    [([], None), ([3.0], (1, 3, 3, 3, 3)), ([*map(float, range(100, 0, -1)), float("nan")], (100, 50, 90, 99, 100))],
)
def test_percentiles_are_by_nearest_rank(values: Sequence[float], found: tuple[float, ...] | None) -> None:
    made = percentiles(values)
    assert (made and (made.count, made.p50, made.p90, made.p99, made.max)) == found


def test_each_version_has_its_own_figures(run: Callable[..., Result], tmp_path: Path) -> None:
    first, second = json.loads(run("--json", "--prices", str(tmp_path / "prices.toml")).stdout)
    assert (first["version"], first["calls"], first["reasons"]) == ("v1", 10, {"caller_hung_up": 10})
    assert first["latencies"]["answer"] == {"count": 10, "p50": 1.0, "p90": 1.4, "p99": 1.5, "max": 1.5}
    assert first["longest_silence"]["max"] == 8.0
    assert (second["reasons"], second["problems"]) == ({"silence": 1, "caller_hung_up": 1}, {"ModelFailed": 1})
    assert second["tools"]["book"]["errors"] == 1
    audio, text = 0.6 * 32 + 0.09 * 64, 0.4 * 4 + 0.01 * 16
    assert second["cost"] == pytest.approx(audio + text + 30)


def test_text_has_a_block_for_each_version(run: Callable[..., Result], tmp_path: Path) -> None:
    output = run("--prices", str(tmp_path / "prices.toml")).stdout
    first, second = output.split("\n\n")
    assert first.startswith("desk v1: 10 calls, 5.0 minutes\n  ended: caller_hung_up 10\n")
    assert "1000000 input tokens (600000 audio), 100000 output tokens (90000 audio)" in second
    assert "  cost: 56.7200, 28.3600 for each call\n" in second
    assert run("--reason", "busy").stdout == "no such calls\n"


def test_answers_that_were_thrown_away_are_counted_with_what_they_cost() -> None:
    used = PreemptiveAnswer("a", used=True, early=True, seconds=0.4)
    away = PreemptiveAnswer("b", used=False, early=True, seconds=0.3, input_tokens=900, characters=12)
    (group,) = groups_of([figures_of(_call("c", "v3", 1.0, used, away, away)), figures_of(_call("d", "v3", 1.0, used))])
    assert group.as_json["early"] == EarlyAnswers(2, 2, input_tokens=1800, characters=24)
    line = "answers begun before the end of turn: 2 used, 2 thrown away (1800 input tokens, 24 characters reported)"
    assert line in stats_text(group)
    assert "begun" not in stats_text(groups_of([figures_of(CALLS[0])])[0])


def test_missing_prices_are_named_and_not_free(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "holes.toml").write_text('["gpt-realtime"]\ninput = 4.0\noutput = 16.0\n')
    output = run("--agent", "v2", "--prices", str(tmp_path / "holes.toml")).stdout
    assert "  cost: at least " in output
    assert "  no price for api.openai.com/gpt-realtime: input_audio, output_audio\n" in output
    assert "  no price for cartesia/sonic: characters, spoken\n" in output


def test_a_tts_needs_one_price_only() -> None:
    table = PriceTable({"sonic": Prices(spoken=0.6)}, {"sonic": frozenset({"spoken"})})
    assert table.cost(TTS) == (pytest.approx(6.0), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "is not a TOML file"),
        ("input = 3", "'input' is not a table"),
        ('["m"]\nprice = 3', "unknown price 'price'; the prices are input, cached"),
        ('["m"]\ninput = "3"', "give a number"),
        ('["m"]\ninput = true', "give a number"),
        ('["m"]\ninput = -1', "give a price, 0 or more"),
        ('["m"]\ninput = nan', "give a price, 0 or more"),
        (b"\xff\xfe", "is not a TOML file"),
    ],
)
def test_file_that_is_no_price_table_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError, match=said):
        read_prices(path)
    with pytest.raises(SettingsError, match="check OFFHOOK_PRICES"):
        read_prices(tmp_path / "missing.toml")


def test_usage_of_an_older_journal_is_counted_without_models() -> None:
    body = {"input_tokens": 5, "cached_tokens": 0, "output_tokens": 2, "characters": 0, "heard": 1.0, "spoken": 0.0}
    figures = figures_of([Record("c", 0, 1.0, 1.0, "fact", "UsageUpdated", body)])
    assert figures.usage == [ModelUsage("llm", "", "all models", input_tokens=5, output_tokens=2, heard=1.0)]
    assert figures_of([]).usage == []


def test_metrics_count_what_the_statistics_count() -> None:
    metrics = CallMetrics(PriceTable({"sonic": Prices(characters=30.0)}, {"sonic": frozenset({"characters"})}))
    for records in CALLS:
        metrics.add(figures_of(records))
    registry = CollectorRegistry()
    registry.register(metrics)
    text = generate_latest(registry).decode()
    desk = 'agent="desk",'
    for line in (
        f'offhook_calls_ended_total{{{desk}reason="silence",version="v2"}} 1.0',
        f'offhook_response_seconds_count{{{desk}stage="answer",version="v1"}} 10.0',
        f'offhook_response_seconds_bucket{{{desk}le="1.0",stage="answer",version="v1"}} 5.0',
        f'offhook_tool_calls_total{{{desk}status="error",tool="book",version="v2"}} 1.0',
        f'offhook_problems_total{{{desk}problem="ModelFailed",version="v2"}} 1.0',
        'offhook_tokens_total{kind="input_audio",model="gpt-realtime",provider="api.openai.com"} 600000.0',
        'offhook_cost_total{model="sonic",provider="cartesia"} 30.0',
    ):
        assert line in text


def test_offhooks_own_hang_up_is_no_problem() -> None:
    hang_up = Record("c", 0, 1.0, 1.0, "decision", "HangUp", {"reason": "silence", "scope": "room", "why": ""})
    left = Record("c", 1, 1.0, 1.0, "fact", "RoomDisconnected", {"reason": "room_deleted"})
    assert figures_of([hang_up, left]).problems == {}
    assert figures_of([left]).problems == {"RoomDisconnected": 1}


def test_groups_are_sorted_by_their_calls() -> None:
    assert [(group.version, group.calls) for group in groups_of(map(figures_of, CALLS))] == [("v1", 10), ("v2", 2)]
