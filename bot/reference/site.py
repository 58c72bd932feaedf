"""`python -m bot.reference.site`, called by `make docs`: the pages of docs/ as the site's generator wants them.

Rules kept here:

* Nothing is written but under build/: `build/pages` and `build/site.toml`.
* The pages of the root that readers look for are taken in, and what links to them follows.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOT_PAGES: Final = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}


def prepare(root: Path, build: Path) -> Path:
    """Lay out the site of the checkout at `root` under `build`; gives the generator's configuration file."""
    pages = build / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "docs", pages)
    for page in pages.rglob("*.md"):
        page.write_text(_to_taken_in(page.read_text(encoding="utf-8")), encoding="utf-8")
    for name, page_name in ROOT_PAGES.items():
        text = (root / name).read_text(encoding="utf-8")
        (pages / page_name).write_text(_to_taken_in(text.replace("](docs/", "](")), encoding="utf-8")
    decisions = sorted(page.relative_to(pages).as_posix() for page in (pages / "adr").glob("*.md"))
    (pages / "site.toml").unlink()
    configuration = build / "site.toml"
    told = (root / "docs" / "site.toml").read_text(encoding="utf-8")
    configuration.write_text(told.replace('= "adr/*"', f"= {json.dumps(decisions)}"), encoding="utf-8")
    return configuration


def _to_taken_in(text: str) -> str:
    return re.sub(r"\]\((?:\.\./)*([A-Z]+\.md)\)", lambda link: f"]({ROOT_PAGES.get(link[1], link[1])})", text)


if __name__ == "__main__":
    prepare(ROOT, ROOT / "build")
