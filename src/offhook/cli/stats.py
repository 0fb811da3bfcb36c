"""`offhook stats`: shows latencies, costs and other figures of all calls, for each version of each agent."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.journal import Agent, Caller, Json, Reason, Since, Text, Until, Where, open_reader, wanted_calls

if TYPE_CHECKING:
    from offhook.reports.prices import PriceTable

__all__ = ["stats"]


def stats(  # noqa: PLR0913  # one argument for each option
    *,
    prices: Annotated[
        Path | None, typer.Option(help="A TOML file with the prices of the models; default: OFFHOOK_PRICES.")
    ] = None,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    caller: Caller = "",
    agent: Agent = "",
    text: Text = "",
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """Show latencies, ends, silence, tools, problems, costs and line quality, for each version of each agent."""
    from dataclasses import asdict, is_dataclass

    from offhook.journal.search import search
    from offhook.reports.call_figures import figures_of
    from offhook.reports.stats import groups_of
    from offhook.reports.stats_table import stats_text

    wanted = wanted_calls(since=since, until=until, reason=reason, caller=caller, agent=agent, text=text)
    table = _prices(prices)
    with open_reader(journal) as reader:
        groups = groups_of((figures_of(reader.records(one.call)) for one in search(reader, wanted)), table)
    if as_json:

        def plain(value: object) -> object:
            return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)

        print(json.dumps([group.as_json for group in groups], indent=2, default=plain, ensure_ascii=False))
        return
    print("\n".join(map(stats_text, groups)) if groups else "no such calls\n", end="")


def _prices(path: Path | None) -> "PriceTable | None":
    from offhook.reports.prices import read_prices
    from offhook.settings import load_settings

    path = path or load_settings().prices
    return read_prices(path) if path is not None else None
