"""Finds the address and the API key of a provider. A key is sent only to the address for which the key is set."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.selection.providers import Provider
from offhook.selection.types import Stage
from offhook.settings import Settings

__all__ = ["Address", "address", "variable_of"]


@dataclass(frozen=True, slots=True)
class Address:
    """The address and the API key of a provider, and the environment variable that sets the key."""

    url: str | None
    key: SecretStr | None
    key_name: str
    fields: tuple[str, ...]  # the fields of `Settings` that were read


def address(settings: Settings, provider: Provider) -> Address:
    """Return the address of this provider. If the settings give no URL, `url` is None, and a cloud provider's plugin
    uses the provider's own URL.
    """
    if provider.name == "local":
        return _local(settings, provider.stage)
    if not provider.key:
        return Address(None, None, "", ())
    url, key = getattr(settings, provider.url), getattr(settings, provider.key)
    root = _root(url) if provider.name == "deepgram" else url
    return Address(root, key, variable_of(provider.key), (provider.url, provider.key))


def variable_of(field: str) -> str:
    """Return the name of the environment variable that sets this field of `Settings`."""
    return str(Settings.model_fields[field].validation_alias)


def _local(settings: Settings, stage: Stage) -> Address:
    separate = bool(getattr(settings, f"{stage}_url"))
    fields = (f"{stage}_url", f"{stage}_key") if separate else ("local_url", "local_key")
    url, key = (getattr(settings, field) for field in fields)
    return Address(_with_path(url), key, variable_of(fields[1]) if key else "", fields)


def _with_path(url: str | None) -> str | None:
    """Add /v1 if the URL has no path. Model servers have their API at /v1, but their documentation often gives the URL
    without this path.
    """
    return f"{url}/v1" if url and urlsplit(url).path in ("", "/") else url


def _root(url: str | None) -> str | None:
    """Remove /v1 or /v1/listen from the end of Deepgram's URL, because `make_stt` adds the path for the plugin."""
    return url.removesuffix("/listen").removesuffix("/v1") if url else None
