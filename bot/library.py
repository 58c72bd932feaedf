"""Reads the flow files, their numbers and the translations that came with the program, and builds the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bot.errors import Refused
from bot.speech.languages import Languages, packaged_languages
from flows import ledger
from flows.catalogue import Catalogue, load
from flows.extraction import LIBRARY

NUMBERS = "numbers.toml"


def library_folder() -> Path:
    """Where the packaged library lies, for a command that writes to it. Refused where it is no plain folder."""
    folder = files("flows") / LIBRARY
    if not isinstance(folder, Path):
        raise Refused("The library is packed into an archive here; run this in a checkout of Twinbot.")
    return folder


def read_numbers(directory: Traversable | Path | None = None) -> ledger.Numbers:
    """The ledger of permanent numbers beside the flows; empty before there is one."""
    place = (files("flows") / LIBRARY if directory is None else directory) / NUMBERS
    return ledger.read(place.read_text(encoding="utf-8")) if place.is_file() else {}


def read_library(directory: Traversable | Path | None = None) -> dict[str, str]:
    """The library's files: path below `library/` to text. Without `directory` the packaged ones."""
    root = files("flows") / LIBRARY if directory is None else directory
    return dict(sorted(_toml_files(root, "")))


def build_catalogue(library: dict[str, str] | None = None, languages: Languages | None = None) -> Catalogue:
    """The catalogue with every translation that fits today's source. Raises LibraryBroken with every problem.

    Without arguments: the packaged library and languages, anew.
    """
    library = read_library() if library is None else library
    languages = packaged_languages() if languages is None else languages
    return load(library, languages.translations, {code: one.plural for code, one in languages.by_code.items()})


@cache
def packaged_catalogue() -> Catalogue:
    """The catalogue that came with the program. Built once; the files can not change under a running bot."""
    return build_catalogue()


def _toml_files(directory: Traversable | Path, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in directory.iterdir():
        if entry.is_dir():
            yield from _toml_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            yield prefix + entry.name, entry.read_text(encoding="utf-8")
