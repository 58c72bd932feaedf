"""The program's own files, parsed once however many pages look at them."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file as it is now. Not to be changed."""
    return _tree(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1024)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)
