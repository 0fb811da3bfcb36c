"""Reports API keys, addresses and model names that the selected models need, but the settings do not have."""

from collections.abc import Iterator, Sequence

from offhook.selection.addresses import address, variable_of
from offhook.selection.parse import ModelSpec
from offhook.selection.presets import listed
from offhook.settings import Settings

__all__ = ["missing"]


def missing(settings: Settings, specs: Sequence[ModelSpec]) -> Iterator[str]:
    """Yield up to three lines per incomplete setting: for missing API keys, missing addresses and a missing model."""
    for setting in dict.fromkeys(spec.setting for spec in specs):
        same = [spec for spec in specs if spec.setting == setting]
        if keys := _keys(settings, same):
            instead = " or use OFFHOOK_PRESET=offline" if setting == "OFFHOOK_PRESET=cloud" else ""
            yield f"{setting} needs {listed(keys)}; set {'it' if len(keys) == 1 else 'them'}{instead}"
        if urls := _urls(settings, same):
            everywhere = ", or OFFHOOK_LOCAL_URL for every stage"
            yield f"{setting} needs {listed(urls)}{everywhere}; set it, as in http://localhost:8000/v1"
        if any(spec.provider.needs_model and not spec.model for spec in same):
            example = "as in OFFHOOK_LLM=local/llama3.2"
            yield f"{setting} does not name the LLM's model; set OFFHOOK_LLM=local/<model>, {example}"


def _keys(settings: Settings, specs: Sequence[ModelSpec]) -> list[str]:
    needed = dict.fromkeys(spec.provider.key for spec in specs if spec.provider.key)
    return [variable_of(field) for field in needed if not getattr(settings, field)]


def _urls(settings: Settings, specs: Sequence[ModelSpec]) -> list[str]:
    servers = [spec.provider for spec in specs if spec.provider.name == "local"]
    return [variable_of(f"{server.stage}_url") for server in servers if not address(settings, server).url]
