"""The text of the template and of each language's PO file, made from the library and the translations.

Rules kept here:

* An id never changes, so a translation follows its id: a changed source leaves the old translation in place, marked
  fuzzy, with the old source beside it as `Was:`.
* What is written depends on the library and the translations alone: no dates, no versions of tools, no line numbers,
  no machine's paths; the order is the library's. Writing twice changes nothing.
* A text that left the library stays at the end of the PO file as obsolete, and comes back when its id does.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import generate_po

from bot.speech.languages import DOMAIN, SOURCE, Language, Languages
from bot.translations.messages import by_id, forms, source
from bot.translations.rows import WAS, was_of

LIBRARY = Path("flows/library")
LOCALES = Path("locales")
EXTRACTOR = "flows.extraction:babel_messages"
KEYWORDS = {"pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}

Messages = Mapping[str, Message]
"""The messages of one language by text id."""


def planned(
    library: Mapping[str, str], languages: Languages, changed: Mapping[str, Messages] | None = None
) -> dict[Path, str]:
    """What every file should hold, by its place below the root. `changed` has the messages of the languages whose
    translations are not those of `languages.catalogs` any more."""
    fresh = template(library)
    files = {LOCALES / f"{DOMAIN}.pot": written(fresh, _head(""))}
    for code in languages.by_code:
        if code != SOURCE:
            known = (changed or {}).get(code)
            files[po_place(code)] = po_text(merged(code, languages, fresh, known), code, languages.by_code[code])
    return files


def po_place(code: str) -> Path:
    """Where the file of a language lies, below the root."""
    return LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def po_text(catalog: Catalog, code: str, language: Language) -> str:
    """The file of a language."""
    return written(catalog, _head(f" in {language.name}", f"Language: {code}", f"Plural-Forms: {language.plural}"))


class _LibraryFile(BytesIO):
    """A file of the library as Babel's extractors take one."""

    def __init__(self, path: str, content: str) -> None:
        super().__init__(content.encode())
        self.name = (LIBRARY / path).as_posix()


def template(library: Mapping[str, str]) -> Catalog:
    """Every text of the library, untranslated."""
    catalog = Catalog(charset="utf-8")
    for path, content in sorted(library.items()):
        location = (LIBRARY / PurePosixPath(path)).as_posix()
        found = extract(EXTRACTOR, _LibraryFile(path, content), keywords=KEYWORDS)
        for _, message, comments, context in found:
            catalog.add(message, context=context, locations=[(location, 0)], auto_comments=comments)
    return catalog


def merged(code: str, languages: Languages, template: Catalog, changed: Messages | None = None) -> Catalog:
    """Every text of the template with the language's translations, or with those of `changed` in their place."""
    language, old = languages.by_code[code], languages.catalogs.get(code)
    catalog = Catalog(locale=code, charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", language.plural)]
    known = by_id(old) if changed is None else changed
    gone = {str(message.context): message for message in old.obsolete.values()} if old is not None else {}
    wanted: set[str] = set()
    for message in template:
        if not message.id:
            continue
        id_ = str(message.context)
        wanted.add(id_)
        before = known.get(id_) or gone.get(id_)
        fresh = message.clone()
        if before is not None:
            _take_over(fresh, before, catalog.num_plurals)
        catalog[message.id] = fresh
    for id_, message in sorted({**gone, **known}.items()):
        # a fuzzy one would come back as if it were right: obsolete texts carry no flags
        if id_ not in wanted and all(forms(message)) and not message.fuzzy:
            catalog.obsolete[id_] = message
    return catalog


def _take_over(fresh: Message, before: Message, count: int) -> None:
    fresh.user_comments = list(before.user_comments)
    strings = forms(before)
    if not any(strings):
        return
    if not fresh.pluralizable:
        fresh.string = strings[-1]
    elif len(strings) == 1:
        fresh.string = strings * count
    else:
        fresh.string = (*strings, *("",) * count)[:count]
    same = source(before) == source(fresh)
    if not same or before.fuzzy:
        fresh.flags.add("fuzzy")
        was = was_of(before.auto_comments) if same else " / ".join(source(before))
        fresh.auto_comments = [*fresh.auto_comments, *([WAS + was] if was else [])]


def written(catalog: Catalog, head: str) -> str:
    """A catalogue as the text of a file that begins with `head`."""
    # Babel's own head carries dates and its version, which change without the texts; and its lines are not wrapped,
    # so that one changed sentence is one changed line
    return head + "".join(generate_po(catalog, omit_header=True, include_lineno=False, width=0)).rstrip("\n") + "\n"


def _head(title: str, *headers: str) -> str:
    lines = [
        f"# The texts of Twinbot{title}. How to translate: docs/translate.md",
        'msgid ""',
        'msgstr ""',
        *(
            rf'"{header}\n"'
            for header in (
                "Project-Id-Version: twinbot",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 8bit",
                *headers,
            )
        ),
    ]
    return "\n".join(lines) + "\n\n"
