"""`offhook calls`: list the calls in the journal."""

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.call_lines import call_line
from offhook.cli.journal import Agent, Caller, Json, Reason, Since, Text, Until, Where, open_reader, wanted_calls

if TYPE_CHECKING:
    from offhook.journal.call_reader import CallReader
    from offhook.journal.search import CallFilter

__all__ = ["calls"]

POLL_INTERVAL = 0.5
RECENT = 6 * 3600.0
"""`--follow` shows the end of a call only if the call started at most this many seconds ago."""


def calls(  # noqa: PLR0913  # one for each option
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many calls to list.")] = 20,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    caller: Caller = "",
    agent: Agent = "",
    text: Text = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep listing calls that begin or end.")] = False,
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """List the calls, newest first."""
    from offhook.journal.search import search

    if follow and as_json:
        raise typer.BadParameter("--follow prints lines for people; leave out --json")
    wanted = wanted_calls(since=since, until=until, reason=reason, caller=caller, agent=agent, text=text)
    with open_reader(journal) as reader:
        if follow:
            _follow(reader, wanted, limit)
            return
        found = list(search(reader, wanted, limit))
    if as_json:
        from dataclasses import asdict

        print(json.dumps([asdict(summary) for summary in found], indent=2, ensure_ascii=False))
        return
    if not found:
        print("no calls yet" if wanted == wanted_calls() else "no such calls")
    for summary in found:
        print(call_line(summary, now=time.time()))


def _follow(reader: "CallReader", wanted: "CallFilter", limit: int) -> None:
    """Print the newest calls in the order in which they started. Then print a line for each call that begins or ends,
    until Ctrl-C.
    """
    from offhook.journal.search import matches, search

    newest = [summary.call for summary in search(reader, wanted, limit)]
    shown: set[tuple[str, str]] = set()
    over: set[str] = set()
    since, first = wanted.since, True
    try:
        while True:
            for summary in list(reader.started(since, wanted.until, over))[::-1]:
                if summary.state == "ended":
                    over.add(summary.call)
                new = (summary.call, summary.state) not in shown and (not first or summary.call in newest)
                if new and matches(reader, summary, wanted):
                    shown.add((summary.call, summary.state))
                    print(call_line(summary, now=time.time()), flush=True)
            time.sleep(POLL_INTERVAL)
            since, first = max(wanted.since, time.time() - RECENT), False
    except KeyboardInterrupt:
        raise typer.Exit from None
