"""Which page holds what: whole pages that are generated, and blocks inside pages that are written by hand.

A block stands between `<!-- generated: name -->` and `<!-- end of name -->`; what is outside belongs to its author.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.library import packaged_catalogue
from bot.reference import card, commands, grammar, imports, metrics, route, settings, tables, timers
from flows.diagrams import catalogue_page

Made = Callable[[Path], str]
"""Takes the root of the checkout; gives Markdown."""

PAGES: Mapping[str, Made] = {
    "docs/conversations.md": lambda _: catalogue_page(packaged_catalogue()),
    "docs/reference/settings.md": lambda _: settings.page(),
    "docs/reference/commands.md": lambda _: commands.page(),
    "docs/reference/tables.md": lambda _: tables.page(),
    "docs/reference/flow-format.md": lambda _: grammar.page(),
    "docs/reference/timers.md": timers.page,
    "docs/reference/metrics.md": lambda _: metrics.page(),
}

BLOCKS: Mapping[str, Mapping[str, Made]] = {
    "docs/architecture.md": {
        "packages": imports.packages,
        "parts of bot": imports.parts_of_bot,
        "modules of flows": imports.modules_of_flows,
        "path of an update": lambda _: route.diagram(),
        "events": lambda _: route.events(),
        "effects": lambda _: route.effects(),
        "modules": imports.modules,
    },
    "docs/privacy.md": {"data map": lambda _: tables.data_map()},
    "docs/deploy/botfather.md": {"card": lambda _: card.block()},
}


class BlockMissing(Exception):
    """A page written by hand has lost the place of a generated block."""


def made(root: Path) -> dict[str, str]:
    """Every page with generated content as it should be, by path below `root`."""
    result = {name: make(root).rstrip("\n") + "\n" for name, make in PAGES.items()}
    for name, blocks in BLOCKS.items():
        text = (root / name).read_text(encoding="utf-8")
        for block, make in blocks.items():
            text = _filled(name, text, block, make(root))
        result[name] = text
    return result


def _filled(page: str, text: str, block: str, content: str) -> str:
    begin, end = f"<!-- generated: {block} -->", f"<!-- end of {block} -->"
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise BlockMissing(f"{page} needs the block '{block}' once: write {begin} and, below it, {end}")
    filled = f"{begin}\n\n{content.strip()}\n\n{end}"
    return pattern.sub(lambda _: filled, text)


def stale(root: Path) -> list[str]:
    """The pages whose generated content is not what the code says."""
    return [name for name, text in made(root).items() if _read(root / name) != text]


def write(root: Path) -> list[str]:
    """Bring every page up to date; gives those that were changed."""
    names = []
    for name, text in made(root).items():
        if _read(root / name) != text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
            names.append(name)
    return names


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
