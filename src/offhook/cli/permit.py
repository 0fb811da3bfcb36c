"""`offhook permit ROOM IDENTITY`: shows and changes the rights of a person in a room."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.control.permissions import Person, Rights, RightsChange

__all__ = ["permit"]

_LABELS = {
    "publish": "publishes",
    "subscribe": "hears the room",
    "data": "sends messages",
    "hidden": "hidden",
    "update_own_metadata": "changes its own metadata",
}


def permit(  # noqa: PLR0913  # each is one option of the command
    room: Annotated[str, typer.Argument(help="The room; it must be open.")],
    identity: Annotated[str, typer.Argument(help="The identity of the person in the room.")],
    *,
    publish: Annotated[bool | None, typer.Option("--publish/--no-publish", help="Publish audio (and video).")] = None,
    subscribe: Annotated[bool | None, typer.Option("--subscribe/--no-subscribe", help="Hear the others.")] = None,
    data: Annotated[bool | None, typer.Option("--data/--no-data", help="Send messages and other data.")] = None,
    hidden: Annotated[bool | None, typer.Option("--hidden/--no-hidden", help="Be invisible to the others.")] = None,
    update_own_metadata: Annotated[
        bool | None,
        typer.Option(
            "--update-own-metadata/--no-update-own-metadata", help="Change one's own name, metadata and attributes."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the rights of a person in a room, or change some of them and keep the others."""
    import asyncio  # slow to import; `offhook --help` does not need it

    from offhook.control.permissions import RightsChange, consequences  # livekit.api is slow to import

    change = RightsChange(publish, subscribe, data, hidden, update_own_metadata)
    before, after = asyncio.run(_permit(room, identity, change))
    notes = consequences(before, after)
    if as_json:
        _print_json(room, before, after, notes)
        return
    name = f" ({after.name})" if after.name else ""
    print(_clean(f"{identity}{name} in room {room}"))
    for label, text in _rows(before.rights, after.rights):
        print(f"  {label:<25} {text}")
    for note in notes:
        print(note)


async def _permit(room: str, identity: str, change: "RightsChange") -> "tuple[Person, Person]":
    from offhook.cli.access import open_api
    from offhook.control.permissions import RightsChange, change_rights, read_rights  # livekit.api is slow to import

    async with open_api() as api:
        if change != RightsChange():
            return await change_rights(api, room, identity, change)
        person = await read_rights(api, room, identity)
        return person, person


def _rows(before: "Rights", after: "Rights") -> list[tuple[str, str]]:
    rows = []
    for name, label in _LABELS.items():
        was, now = getattr(before, name), getattr(after, name)
        text = "yes" if now else "no"
        if name == "publish" and now:
            text += f": {', '.join(after.sources) or 'every source'}"
        if was != now:
            text += f" (before: {'yes' if was else 'no'})"
        rows.append((label, text))
    return rows


def _print_json(room: str, before: "Person", after: "Person", notes: tuple[str, ...]) -> None:
    import json  # imported here, so that other commands start faster
    from dataclasses import asdict

    was, now = asdict(before.rights), asdict(after.rights)
    result = {"room": room, "identity": after.identity, "name": after.name, "rights": now}
    changed = [name for name in now if now[name] != was[name]]
    print(json.dumps({**result, "changed": changed, "notes": notes}, ensure_ascii=False))


def _clean(text: str) -> str:
    """Return the text with `?` for each unprintable character, because a person's name may contain terminal codes."""
    return "".join(char if char.isprintable() else "?" for char in text)
