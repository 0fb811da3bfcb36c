"""Where a provider is and which key it gets; a key goes only to the address that it was set with."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.choices.kinds import Stage
from offhook.choices.providers import Provider
from offhook.settings import Settings

__all__ = ["Address", "address", "variable_of"]


@dataclass(frozen=True, slots=True)
class Address:
    """A provider's address and key, and the variable that the key comes from."""

    url: str | None
    key: SecretStr | None
    key_name: str
    fields: tuple[str, ...]  # of `Settings`: what was read for it


def address(settings: Settings, provider: Provider) -> Address:
    """The address of this provider; `url` is None for its own, and for a model server that has none yet."""
    if provider.name == "local":
        return _local(settings, provider.stage)
    if not provider.key:
        return Address(None, None, "", ())
    url, key = getattr(settings, provider.url), getattr(settings, provider.key)
    root = _root(url) if provider.name == "deepgram" else url
    return Address(root, key, variable_of(provider.key), (provider.url, provider.key))


def variable_of(field: str) -> str:
    """The variable behind a field of `Settings`."""
    return str(Settings.model_fields[field].validation_alias)


def _local(settings: Settings, stage: Stage) -> Address:
    own = bool(getattr(settings, f"{stage}_url"))
    fields = (f"{stage}_url", f"{stage}_key") if own else ("local_url", "local_key")
    url, key = (getattr(settings, field) for field in fields)
    return Address(_with_path(url), key, variable_of(fields[1]) if key else "", fields)


def _with_path(url: str | None) -> str | None:
    """Every server of this kind has its API under /v1, and its own pages show the address without."""
    return f"{url}/v1" if url and urlsplit(url).path in ("", "/") else url


def _root(url: str | None) -> str | None:
    """Deepgram's address in any of the forms that are seen; the plugin's path is added where it is built."""
    return url.removesuffix("/listen").removesuffix("/v1") if url else None
