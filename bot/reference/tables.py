"""docs/reference/tables.md and the data map of docs/privacy.md, from `storage/schema.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.reference.markdown import code, codes, first_sentence, head, table
from storage.schema import Moment, Sealed, metadata

TYPES = {
    "BigInteger": "whole number",
    "Integer": "whole number",
    "SmallInteger": "whole number",
    "Text": "text",
    "Boolean": "yes or no",
    "LargeBinary": "bytes",
    "Moment": "moment",
    "Sealed": "encrypted bytes",
}
"""What the schema's types are called for a reader."""


def page(root: Path) -> str:
    parts = [
        head("Tables", "`storage/schema.py`"),
        "The same tables on SQLite and PostgreSQL. A moment is a whole number: microseconds since 1970, UTC. "
        "*Sealed* is encrypted with AES-GCM under the secret keys; *clear* is readable to whoever has the file.\n",
    ]
    about = _about(root)
    for name, one in metadata.tables.items():
        parts += [f"## {name}\n", f"{about[name]}\n", _columns(one), *_indexes(one)]
    return "\n".join(parts)


def data_map(root: Path) -> str:
    """Every table and column, sealed or clear."""
    about = _about(root)
    rows = [
        (
            code(name),
            about[name],
            codes(column.name for column in one.columns if is_sealed(column)),
            codes(column.name for column in one.columns if not is_sealed(column)),
            _goes_with(one),
        )
        for name, one in metadata.tables.items()
    ]
    return table(("table", "what it holds", "sealed", "clear", "goes with the person"), rows)


def is_sealed(column: Any) -> bool:
    return isinstance(column.type, Sealed)


def _goes_with(one: Any) -> str:
    if one.name == "people":
        return "yes"
    to_people = [key for key in one.foreign_keys if key.column.table.name == "people"]
    if not to_people:
        return "–"
    return "yes" if any(key.ondelete == "CASCADE" for key in to_people) else "the row stays, the reference goes"


def _columns(one: Any) -> str:
    rows = []
    for column in one.columns:
        notes = [
            *(["primary key"] if column.primary_key else []),
            *(f"refers to {code(key.target_fullname)}" for key in column.foreign_keys),
            *(["may be empty"] if column.nullable else []),
        ]
        kind = "Moment" if isinstance(column.type, Moment) else type(column.type).__name__
        rows.append((code(column.name), TYPES[kind], "sealed" if is_sealed(column) else "clear", ", ".join(notes)))
    return table(("column", "type", "at rest", "notes"), rows)


def _indexes(one: Any) -> Iterator[str]:
    # Plain ones only make things quick; unique ones are promises.
    for index in sorted((index for index in one.indexes if index.unique), key=lambda index: str(index.name)):
        where = index.dialect_options["sqlite"].get("where")
        limit = "" if where is None else f" where `{where}`"
        yield f"Unique: {codes(column.name for column in index.columns)}{limit}.\n"


def _about(root: Path) -> dict[str, str]:
    """Each table with the first sentence of the module that keeps it: the one of its name, else the only one that
    writes it by that name."""
    said: dict[str, str] = {}
    users: dict[str, list[str]] = {}
    for path in sorted((root / "storage").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said[path.stem] = first_sentence(ast.get_docstring(tree) or "")
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "storage.schema":
                for name in node.names:
                    users.setdefault(name.name, []).append(path.stem)
    about = {}
    for name in metadata.tables:
        near = [user for user in users.get(name, ()) if name.startswith(user[:-1])]
        keeper = name if name in said else (near or users[name])[0]
        about[name] = f"{said[keeper]} ({code(f'storage/{keeper}.py')})"
    return about
