"""The types of the values of `Settings`. An invalid value raises `ValueError`; the error never contains a secret."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from offhook.core.commands.keys import parse_keys
from offhook.core.postgres_address import parse_postgres
from offhook.core.recording import bucket_url
from offhook.core.webhooks import parse_receivers

__all__ = [
    "BucketUrl",
    "DetectorName",
    "KeyList",
    "LogLevel",
    "PhoneRegions",
    "PostgresUrl",
    "ReceiverList",
    "RedactedPlaces",
    "ServerUrl",
    "WebUrl",
    "words",
]

REDACTABLE = ("journal", "model")


def words(text: str) -> Sequence[str]:
    """Return the non-empty parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _server_url(value: str) -> str:
    if not value.startswith(("ws://", "wss://", "http://", "https://")):
        raise ValueError("must start with ws:// or wss://")
    return value


def _web_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    if not urlsplit(value).hostname:
        raise ValueError("has no host; write it as in http://localhost:8000/v1")
    return value.rstrip("/")


def _readable(parse: Callable[[str], object]) -> Callable[[SecretStr], SecretStr]:
    """Return a validator that raises `ValueError` if `parse` cannot read the secret."""

    def check(value: SecretStr) -> SecretStr:
        if value:
            parse(value.get_secret_value())
        return value

    return check


def _receivers(value: SecretStr, info: ValidationInfo) -> SecretStr:
    parse_receivers(value.get_secret_value(), private=info.data.get("webhooks_private", False))
    return value


def _places(value: str) -> str:
    if not set(words(value)) <= set(REDACTABLE):
        raise ValueError(f"must be a list of {', '.join(REDACTABLE)}, separated by commas, or empty")
    return value


def _detector(value: str) -> str:
    module, _, name = value.partition(":")
    if value and not (name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise ValueError("must be the module and the name of a detector, such as detectors:Presidio")
    return value


def _regions(value: str) -> str:
    if not all(len(one) == 2 and one.isalpha() and one.isupper() for one in words(value)):
        raise ValueError("must be country codes of two capital letters, separated by commas, such as US, GB")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


ServerUrl = Annotated[str, AfterValidator(_server_url)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
BucketUrl = Annotated[str, AfterValidator(bucket_url)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_readable(parse_postgres))]
KeyList = Annotated[SecretStr, AfterValidator(_readable(parse_keys))]
ReceiverList = Annotated[SecretStr, AfterValidator(_receivers)]
RedactedPlaces = Annotated[str, AfterValidator(_places)]
DetectorName = Annotated[str, AfterValidator(_detector)]
PhoneRegions = Annotated[str, AfterValidator(_regions)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
