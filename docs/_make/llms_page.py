"""Generates `llms.txt`, the index of the documentation for language models (llmstxt.org), from the navigation."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from docs._make.source import ROOT

__all__ = ["llms_page"]

HEAD = """# {name}

> {words}

The links are pages of this site. In the repository, the page `silence/` is the file `docs/silence.md`. A test runs each
Python block.
"""


def llms_page() -> str:
    """Return the index: a section for each group of the navigation, a link and the first sentence for each page."""
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    alone: list[str] = []
    sections: dict[str, list[str]] = {"Pages": alone}
    for entry in settings["nav"]:
        ((title, part),) = entry.items()
        if isinstance(part, str):
            alone += _links([entry])
        else:
            sections[title] = list(_links(part))
    parts = [f"\n## {title}\n\n" + "\n".join(links) + "\n" for title, links in sections.items()]
    return HEAD.format(name=settings["site_name"], words=settings["site_description"]) + "".join(parts)


def _links(part: list[Any]) -> Iterator[str]:
    for entry in part:
        ((title, name),) = entry.items() if isinstance(entry, dict) else [("", entry)]
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        heading = re.search(r"^# (.+)$", text, re.MULTILINE)
        yield f"- [{title or (heading[1] if heading else name)}]({_address(name)}): {_first_sentence(text)}"


def _address(name: str) -> str:
    """Return the address of a page in the site, relative to the site's root."""
    return f"{name.removesuffix('.md')}/".removesuffix("index/") or "./"


def _first_sentence(text: str) -> str:
    """Return the first sentence of the page's prose as plain text."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    paragraph = next(one for one in re.split(r"\n\s*\n", prose) if re.match(r"\s*[\w`*\[]", one))
    words = " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", paragraph).replace("**", "").split())
    return re.split(r"(?<=[.?:])\s+(?=[A-Z`])", words)[0].removesuffix(":")
