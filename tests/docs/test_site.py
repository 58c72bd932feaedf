"""The documentation as a site: every page has its place in it, and no link leads nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.reference.site import ROOT_PAGES, prepare
from tests.docs.reading import ROOT


def _named(nav: Any) -> Iterator[str]:
    match nav:
        case str(page):
            yield page
        case list(entries):
            for entry in entries:
                yield from _named(entry)
        case dict(entries):
            yield from _named(list(entries.values()))


def built(configuration: Path) -> subprocess.CompletedProcess[str]:
    zensical = Path(sys.executable).with_name("zensical")
    argv = [str(zensical), "build", "--strict", "--config-file", str(configuration)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def test_every_page_has_its_place_in_the_navigation(tmp_path: Path) -> None:
    configuration = tomllib.loads(prepare(ROOT, tmp_path).read_text(encoding="utf-8"))
    named = list(_named(configuration["project"]["nav"]))
    pages = {page.relative_to(tmp_path / "pages").as_posix() for page in (tmp_path / "pages").rglob("*.md")}
    assert set(ROOT_PAGES.values()) <= pages
    assert sorted(named) == sorted(pages)


def test_the_site_is_made_without_a_warning_and_can_be_searched(tmp_path: Path) -> None:
    done = built(prepare(ROOT, tmp_path))
    assert done.returncode == 0, done.stdout
    index = json.loads((tmp_path / "site" / "search.json").read_text(encoding="utf-8"))
    assert any("deputies" in str(entry).lower() for entry in index["items"])
    assert (tmp_path / "site" / "twins-help.html").is_file()


def test_a_link_that_leads_nowhere_fails(tmp_path: Path) -> None:
    configuration = prepare(ROOT, tmp_path)
    page = tmp_path / "pages" / "glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[away](nowhere.md)\n", encoding="utf-8")
    done = built(configuration)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout + done.stderr
