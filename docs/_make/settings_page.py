"""The page of settings: every variable, as Settings and .env.example have it."""

from docs._make.source import ROOT

from offhook.settings import Settings

__all__ = ["settings_page", "settings_rows"]

HEAD = """# Settings

Read from the environment, then `.env.local`, then `.env` in the current folder. An empty value counts as not set. A
misspelt `OFFHOOK_` name is refused with the name that was probably meant, and so is a value that cannot be.

```sh
cp .env.example .env.local
```

| setting | default | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """All settings in one table, in the order of .env.example."""
    return HEAD + "\n".join(settings_rows()) + "\n"


def settings_rows() -> list[str]:
    """Name, default and meaning of every setting, as .env.example explains them."""
    defaults = {str(field.validation_alias): field.default for field in Settings.model_fields.values()}
    rows, told = list[str](), list[str]()
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            told.append(line.removeprefix("# "))
        elif not line:
            told.clear()
        else:
            name = line.partition("=")[0]
            if name not in defaults:
                raise LookupError(f".env.example has {name}, which is not a setting (or is there twice); remove it")
            rows.append(f"| `{name}` | {_shown(defaults.pop(name))} | {' '.join(told).replace('<', '&lt;')} |")
            told.clear()
    if defaults:
        raise LookupError(f"not in .env.example: {', '.join(defaults)}; add them, each with a comment")
    return rows


def _shown(default: object) -> str:
    if default is None:
        return ""
    return f"`{int(default) if isinstance(default, bool) else default}`"
