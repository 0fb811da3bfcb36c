"""`offhook webhooks`: lists the webhook messages in the outbox, sends them again, and tests the receivers."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from offhook.cli.journal import Json, Where, journal_file

if TYPE_CHECKING:
    from offhook.core.webhooks import Receiver
    from offhook.journal.outbox import Delivery, Outbox, State
    from offhook.settings import Settings

__all__ = ["list_", "new_secret", "retry", "send_test"]

_HERE: Final = "the outbox is in each worker's file, not in PostgreSQL"


def list_(
    state: Annotated[str, typer.Option(help="Only pending, delivered or dead messages.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many messages to list.")] = 20,
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """List the messages of the outbox, newest first, and the receivers in the settings."""
    from dataclasses import asdict  # late import, so that other commands start faster

    settings = _settings()
    chosen = _state(state)
    with _outbox(journal_file(journal, _HERE)) as outbox:
        found = outbox.deliveries(chosen, limit)
        counts = outbox.counts()
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    for receiver in settings.webhook_receivers:
        print(f"{receiver.name}  gets {', '.join(receiver.events)}")
    if not settings.webhook_receivers:
        print("no receivers: set OFFHOOK_WEBHOOKS")
    for one in found:
        print(_listed(one, time.time()))
    print(", ".join(f"{counts.get(name, 0)} {name}" for name in ("pending", "delivered", "dead")))


def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Message ids; without ids: all dead messages.")] = None,
    journal: Where = None,
) -> None:
    """Send messages again, with as many attempts as a new message has. The running worker sends them."""
    from offhook.core.errors import JournalError

    with _outbox(journal_file(journal, _HERE)) as outbox:
        count = outbox.retry(time.time(), ids or ())
    if ids and not count:
        raise JournalError("the outbox has no message with these ids; see them with: offhook webhooks list --json")
    print(f"{count} message{'' if count == 1 else 's'} due now; a running worker sends due messages within seconds")


def send_test(
    receiver: Annotated[str, typer.Argument(help="The receiver's name, or its start; default: every receiver.")] = "",
) -> None:
    """Send a message of the type webhook.test to each receiver now, and show the answers."""
    import asyncio  # slow to import, and `offhook --help` does not need asyncio

    from offhook.webhooks.trial import send_test as send  # aiohttp is slow to import

    settings = _settings()
    chosen = _chosen(settings, receiver)
    answers = asyncio.run(send(chosen, private=settings.webhooks_private))
    for one, answer in answers:
        print(f"{one.name}  {answer.error or 'accepted'}")
    raise typer.Exit(int(any(answer.error for _, answer in answers)))


def new_secret() -> None:
    """Print a new secret for a receiver."""
    import secrets  # late import, so that other commands start faster

    from offhook.core.webhooks import new_secret as make

    print(make(secrets.token_bytes(32)))


def _settings() -> "Settings":
    from offhook.settings import load_settings  # pydantic is slow to import

    return load_settings()


def _chosen(settings: "Settings", name: str) -> "list[Receiver]":
    from offhook.core.errors import SettingsError

    every = settings.webhook_receivers
    if not every:
        raise SettingsError("there is no receiver; set OFFHOOK_WEBHOOKS")
    chosen = [one for one in every if one.name.startswith(name)]
    if not chosen:
        raise SettingsError(
            f"no receiver starts with {name!r}; the receivers are {', '.join(one.name for one in every)}"
        )
    return chosen


def _state(text: str) -> "State | None":
    from offhook.core.errors import SettingsError

    match text:
        case "":
            return None
        case "pending" | "delivered" | "dead":
            return text
    raise SettingsError(f"--state {text!r} is not a state; the states are pending, delivered and dead")


@contextmanager
def _outbox(path: Path) -> "Iterator[Outbox]":
    from offhook.core.errors import JournalError
    from offhook.journal.outbox import Outbox

    if not path.exists():
        raise JournalError(f"there is no journal at {path} yet; the first call creates the file")
    outbox = Outbox(path)
    try:
        yield outbox
    finally:
        outbox.close()


def _listed(one: "Delivery", now: float) -> str:
    from offhook.reports.render import clean  # late import, so that other commands start faster

    when = datetime.fromtimestamp(one.at).astimezone()
    state = one.state if one.state != "pending" else f"next in {max(0.0, one.due - now):.0f} s"
    tried = f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"
    text = f"{one.id}  {when:%Y-%m-%d %H:%M:%S}  {one.event:<15} {one.call[:10]:<10}  {one.receiver}  {state}, {tried}"
    return clean(f"{text}: {one.error}" if one.error else text)
