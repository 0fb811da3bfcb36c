"""Generates the page of settings from `Settings` and .env.example."""

from docs._make.source import ROOT

from offhook.settings import Settings

__all__ = ["settings_page", "settings_rows"]

HEAD = """# Settings

offhook reads settings from the environment, then from `.env.local`, then from `.env` in the current folder. An empty
value counts as not set. offhook refuses a misspelt `OFFHOOK_` name, and suggests a name. offhook refuses invalid
values.

```sh
cp .env.example .env.local
```

| setting | default | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """Return the page: all settings in one table, in the order of .env.example."""
    return HEAD + "\n".join(settings_rows()) + "\n"


def settings_rows() -> list[str]:
    """Return one row for each setting: name, default, and the comment in .env.example."""
    defaults = {str(field.validation_alias): field.default for field in Settings.model_fields.values()}
    rows, comment = list[str](), list[str]()
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("# "))
        elif not line:
            comment.clear()
        else:
            name = line.partition("=")[0]
            if name not in defaults:
                raise LookupError(f".env.example has {name}, which is not a setting or is a duplicate; remove it")
            rows.append(f"| `{name}` | {_default(defaults.pop(name))} | {' '.join(comment).replace('<', '&lt;')} |")
            comment.clear()
    if defaults:
        raise LookupError(f"not in .env.example: {', '.join(defaults)}; add them, each with a comment")
    return rows


def _default(default: object) -> str:
    if default is None:
        return ""
    return f"`{int(default) if isinstance(default, bool) else default}`"
