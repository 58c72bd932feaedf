"""What goes to a translator and what comes back: `export` and `take_in`, as a PO file or as a spreadsheet.

Rules kept here:

* A file that is there already is never written over: it may hold a translator's work.
* What is taken in goes into the PO file of that language alone, whole or not at all.
"""

from __future__ import annotations

from pathlib import Path

from bot import sheets
from bot.errors import Refused
from bot.speech.languages import SOURCE, TABLE, Language, Languages
from bot.translations import as_po, as_sheet
from bot.translations.catalogues import put, read
from bot.translations.po_files import merged, planned, po_place, template
from bot.translations.rows import rows
from bot.translations.taking import Taking, take, untranslated
from flows.errors import Problem
from flows.extraction import extract_library

KINDS = (".po", ".xlsx")


def export(root: Path, code: str, to: Path) -> int:
    """Write every text of the language `code` into the new file `to`. Returns how many texts there are."""
    kind = _kind(to)
    if to.exists():
        raise Refused(f"{to} is there already, and may hold somebody's work: name another file.")
    library, languages = read(root)
    language = _language(languages, code)
    texts = extract_library(library)
    catalog = merged(code, languages, template(library))
    found = rows(texts, catalog, language.plural_forms)
    if kind == ".po":
        data = as_po.write(found, catalog, code, language).encode()
    else:
        data = sheets.write(as_sheet.write(found, texts, code, language))
    with to.open("xb") as file:
        file.write(data)
    return len(texts)


def take_in(root: Path, code: str, file: Path, *, dry_run: bool = False) -> Taking:
    """Judge the rows of `file`, and write those that fit into the PO file of the language `code`."""
    kind = _kind(file)
    library, languages = read(root)
    language = _language(languages, code)
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    data = file.read_bytes()
    problems: tuple[Problem, ...] = ()
    if kind == ".po":
        brought = as_po.read(data, code)
    else:
        brought, problems = as_sheet.read(sheets.read(data), code, language)
    texts = extract_library(library)
    catalog = merged(code, languages, template(library))
    taking = take(brought, texts, catalog, language, untranslated(library), problems)
    if not dry_run:
        files = planned(library, languages, {code: taking.messages})
        put(root, {po_place(code): files[po_place(code)]})
    return taking


def _kind(file: Path) -> str:
    kind = file.suffix.lower()
    if kind not in KINDS:
        raise Refused(f"{file} is neither a PO file (.po) nor a spreadsheet (.xlsx): name one that ends so.")
    return kind


def _language(languages: Languages, code: str) -> Language:
    if code == SOURCE:
        raise Refused("English is the source: its texts stand in flows/library.")
    if code not in languages.by_code:
        known = ", ".join(one for one in languages.by_code if one != SOURCE)
        raise Refused(f"There is no language {code!r}; known: {known}. A new one is a table in locales/{TABLE}.")
    return languages.by_code[code]
