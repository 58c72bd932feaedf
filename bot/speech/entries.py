"""What a PO file says of each text, without the rest of it: comments, places and everything else that a translator's
editor wants is several times as large, and a running bot has no use for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo


class Entry(NamedTuple):
    """A translation beside the source that it translates; each is a tuple of its forms where the text has a plural."""

    id: str | tuple[str, ...]
    """The source, which gettext calls so; the id of the text is the key under which the entry lies."""
    string: str | tuple[str, ...]
    fuzzy: bool

    @property
    def is_plural(self) -> bool:
        return isinstance(self.id, tuple)


Entries = Mapping[str, Entry]
"""Those of one language by text id; none for what is not translated."""


def entries_of(catalog: Catalog) -> Entries:
    """Every text of a PO file for which it has words."""
    found: dict[str, Entry] = {}
    for message in catalog:
        if message.id and message.context and message.string:
            # every language repeats the ids and the sources: one copy of each is enough
            found[sys.intern(str(message.context))] = Entry(
                _kept(message.id), _forms(message.string), bool(message.fuzzy)
            )
    return found


def plurals(entries: Entries, rule: str) -> NullTranslations:
    """gettext over the texts with a plural, which it counts by `rule`, the value of a PO file's Plural-Forms. What is
    not translated in all its forms, or fuzzy, is an empty string."""
    # Babel leaves the plural rule out of the head for a locale it does not know (Krio), and gettext then counts as in
    # English; so this catalogue, which nobody but gettext reads, says it is English
    catalog = Catalog(locale="en", charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", rule)]
    for id_, entry in entries.items():
        # Babel would fill a half-translated plural with English, which hides the parent's
        if entry.is_plural and not entry.fuzzy and all(entry.string):
            catalog.add(entry.id, entry.string, context=id_)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    translations.add_fallback(_Missing())
    return translations


class _Missing(NullTranslations):
    """gettext answers with the source where it knows nothing; we must tell that from a translation that equals it."""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        return ""


def _kept(source: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return sys.intern(source) if isinstance(source, str) else tuple(sys.intern(form) for form in source)


def _forms(words: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    # Babel gives lists from a file, tuples from a call
    return words if isinstance(words, str) else tuple(form or "" for form in words)
