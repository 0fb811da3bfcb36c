"""The values of a call that routes compare, by the key of the condition."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from offhook.core.call import Call, read_metadata
from offhook.core.routes.patterns import candidates
from offhook.core.sip.address import SipAddress
from offhook.core.sip.sip_facts import SipFacts

__all__ = ["CallValues", "address_forms", "header_key"]


def header_key(name: str) -> str:
    """Return the key of a header condition. SIP header names are not case-sensitive."""
    return f"header {name.lower()}"


@dataclass(frozen=True, slots=True)
class CallValues:
    """The values of one call. `get` returns the forms of one value (such as the user part and the number of an
    address), or an empty tuple if the call does not have the value. A pattern may match any of the forms.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, key: str) -> tuple[str, ...]:
        return self.values.get(key, ())

    @classmethod
    def of(  # one argument for each kind of condition; all keyword-only, and all have defaults
        cls,
        *,
        dialled: Iterable[str] = (),
        caller: Iterable[str] = (),
        trunk: str = "",
        room: str = "",
        headers: Mapping[str, str] | None = None,
        metadata: Mapping[str, object] | None = None,
        room_metadata: Mapping[str, object] | None = None,
    ) -> "CallValues":
        """Return the `CallValues` of a call with these values."""
        numbers = {"dialled": _unique(dialled), "caller": _unique(caller)}
        texts = {"trunk": trunk, "room": room}
        texts |= {header_key(name): value for name, value in (headers or {}).items()}
        for kind, data in (("metadata", metadata or {}), ("room_metadata", room_metadata or {})):
            texts |= {f"{kind}.{name}": text for name, text in _texts(data)}
        return cls({key: value for key, value in numbers.items() if value} | {k: (t,) for k, t in texts.items() if t})

    @classmethod
    def of_call(cls, call: Call) -> "CallValues":
        """Return the values of this call. Only a phone has a dialled number, a caller's number, a trunk or headers."""
        sip = call.sip or SipFacts("inbound")
        return cls.of(
            dialled=address_forms(sip.dialled),
            caller=address_forms(sip.caller),
            trunk=sip.trunk or "",
            room=call.room,
            headers=sip.headers,
            metadata=call.data,
            room_metadata=read_metadata(call.room_metadata)[0],
        )


def address_forms(address: SipAddress | None) -> tuple[str, ...]:
    """Return the user part and the number of an address."""
    return (address.user, address.number) if address is not None else ()


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for value in values for form in candidates(value)))


def _texts(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each value that a pattern can be compared with: texts, numbers, `true` and
    `false`.
    """
    for name, value in data.items():
        if isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, str | int | float):
            yield name, str(value)
