"""What the choices still need: keys, addresses, the name of a model; one line for each setting that asked."""

from collections.abc import Iterator, Sequence

from offhook.choices.addresses import address, variable_of
from offhook.choices.presets import listed
from offhook.choices.wanted import Wanted
from offhook.settings import Settings

__all__ = ["missing"]


def missing(settings: Settings, wanted: Sequence[Wanted]) -> Iterator[str]:
    """One line for each setting that cannot be followed, with everything it lacks."""
    for asked in dict.fromkeys(want.asked for want in wanted):
        wants = [want for want in wanted if want.asked == asked]
        if keys := _keys(settings, wants):
            instead = " or use OFFHOOK_PRESET=offline" if asked == "OFFHOOK_PRESET=cloud" else ""
            yield f"{asked} needs {listed(keys)}; set {'it' if len(keys) == 1 else 'them'}{instead}"
        if urls := _urls(settings, wants):
            everywhere = ", or OFFHOOK_LOCAL_URL for every stage"
            yield f"{asked} needs {listed(urls)}{everywhere}; set it, as in http://localhost:8000/v1"
        if any(want.provider.asks and not want.model for want in wants):
            example = "as in OFFHOOK_LLM=local/llama3.2"
            yield f"{asked} leaves open which language model; set OFFHOOK_LLM=local/<model>, {example}"


def _keys(settings: Settings, wants: Sequence[Wanted]) -> list[str]:
    needed = dict.fromkeys(want.provider.key for want in wants if want.provider.key)
    return [variable_of(field) for field in needed if not getattr(settings, field)]


def _urls(settings: Settings, wants: Sequence[Wanted]) -> list[str]:
    servers = [want.provider for want in wants if want.provider.name == "local"]
    return [variable_of(f"{server.stage}_url") for server in servers if not address(settings, server).url]
