"""Reads the user's price table, and computes the cost of calls. A missing price is reported, not counted as free."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from offhook.core.ending import Prices
from offhook.core.errors import PlanError, SettingsError
from offhook.core.usage import ModelUsage, cost_of

__all__ = ["PriceTable", "read_prices"]

_UNITS = tuple(one.name for one in fields(Prices))
_NEEDED: Mapping[str, str] = {
    "input": "input_tokens",
    "output": "output_tokens",
    "input_audio": "input_audio_tokens",
    "output_audio": "output_audio_tokens",
}
"""The prices that an LLM needs. Each price maps to the field of `ModelUsage` that the price is for."""
_ONE_OF: Mapping[str, str] = {**_NEEDED, "characters": "characters", "heard": "heard", "spoken": "spoken"}
"""An STT or a TTS needs at least one of these prices: providers charge for tokens, characters or audio."""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """`prices` maps `provider/model`, or only `model`, to the prices of the model. `given` says which prices of each
    model are in the user's file.
    """

    prices: Mapping[str, Prices] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def cost(self, used: ModelUsage) -> tuple[float, Sequence[str]]:
        """Return the cost of this usage, and the names of the prices that are missing."""
        key = next((one for one in (f"{used.provider}/{used.model}", used.model) if one in self.prices), None)
        needed = _NEEDED if used.kind == "llm" else _ONE_OF
        counted = [unit for unit, count in needed.items() if getattr(used, count)]
        if key is None:
            return 0.0, counted
        missing = [unit for unit in counted if unit not in self.given[key]]
        if used.kind != "llm" and len(missing) < len(counted):
            missing = []
        return cost_of(used, self.prices[key]), missing


def read_prices(path: Path) -> PriceTable:
    """Read a price table from a TOML file. Raises `SettingsError` if the file is not readable or not a price table."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the prices in {path}: {error.strerror}; check OFFHOOK_PRICES") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not a TOML file ({error}); see docs/journal.md for an example") from error
    prices = {name: _prices(path, name, row) for name, row in table.items()}
    return PriceTable(prices, {name: frozenset(row) for name, row in table.items()})


def _prices(path: Path, name: str, row: object) -> Prices:
    if not isinstance(row, Mapping):
        raise SettingsError(f'{path}: {name!r} is not a table; write ["{name}"] and below it: input = 0.4')
    for unit, value in row.items():
        if unit not in _UNITS:
            raise SettingsError(f"{path}: {name!r} has the unknown price {unit!r}; the prices are {', '.join(_UNITS)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsError(f"{path}: {name!r} has {unit} = {value!r}; give a number")
    try:
        return Prices(**row)
    except PlanError as error:
        raise SettingsError(f"{path}: {name!r}: {error}") from error
