"""Content is linted like code: the library, its permanent numbers and its translations, in one list of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.library import packaged_catalogue, read_library, read_numbers
from bot.speech import SOURCE, packaged_languages
from bot.translations import lint
from flows.checks import check_catalogue
from flows.errors import LibraryBroken

if TYPE_CHECKING:
    from flows.catalogue import Catalogue
    from flows.errors import Problem


def loaded() -> tuple[Catalogue | None, list[Problem]]:
    """The packaged library and everything that is wrong with it; no catalogue where it can not even be read."""
    try:
        catalogue = packaged_catalogue()
        return catalogue, problems_of(catalogue)
    except LibraryBroken as broken:
        return None, list(broken.problems)


def problems_of(catalogue: Catalogue) -> list[Problem]:
    """Everything that is wrong with the packaged library and its translations: what stops a start or a publication.

    A language that `languages.toml` does not call complete yet is not offered, and may have gaps.
    """
    languages = packaged_languages()
    translated = [language for language in languages.offered if language != SOURCE]
    checked = check_catalogue(catalogue, numbers=read_numbers(), complete=translated)
    return [*checked, *lint(read_library(), languages)]
