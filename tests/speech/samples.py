"""A small library and small languages for the tests: English, Dutch, a made-up right-to-left one, and one that CLDR
does not know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.library import build_catalogue
from bot.speech import Languages, Speech, read_languages
from bot.translations import update

RTL = "qaa"
"""A code for private use. Its forms are those of Persian, which has digits of its own."""

LIBRARY: Mapping[str, str] = {
    "choices.toml": """
[[kinds]]
id = "skill"
text = "Skill"
[[kinds]]
id = "face"
text = "🙂"
no_translate = true
""",
    "phrases.toml": """
[engine]
again = "{hint}\\n\\n{question}"
skip = "Skip"
not_open = "That question is not open any more."

[commands]
pause = "Ask me nothing for a while"

[talk]
bye = "Good bye, {person}. /resume brings you back."
ok = "OK"
days = { one = "{count} day with {twin}", other = "{count} days with {twin}", note = "How long a pair has lasted." }
""",
    "exchange/hello.toml": """
goal = "Say hello."
facts = ["person.name", "twin.name"]
reminder = { after = "48h", text = "Still open, {person}?" }

[[steps]]
id = "ask"
choose = "Hello {person}. Any word from {twin}?"
save = "word"
choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }]

[[steps]]
id = "ask_kind"
choose = "What kind?"
save = "kind"
choices = "kinds"

[[steps]]
id = "bye"
say = "Thank you, {person}."
""",
}

TABLE = """
[en]
name = "English"
locale = "en_001"
direction = "ltr"
plural = "nplurals=2; plural=(n != 1);"
complete = true
reviewed = false
note = "The source."

[nl]
name = "Nederlands"
parent = "en"
direction = "ltr"
plural = "nplurals=2; plural=(n != 1);"
complete = true
reviewed = { by = "A. Reader", on = 2026-11-20 }
also = ["fy"]
same_as_source = ["OK"]
"""

MORE_LANGUAGES = """
[qaa]
name = "Turned"
parent = "nl"
locale = "fa"
direction = "rtl"
plural = "nplurals=3; plural=(n == 1 ? 0 : n == 2 ? 1 : 2);"
complete = true
reviewed = false
note = "Made up."

[qab]
name = "Draft"
parent = "nl"
direction = "ltr"
plural = "nplurals=2; plural=(n != 1);"
complete = false
reviewed = false
note = "Made up, and CLDR does not know it."
"""

DUTCH: Mapping[str, str | tuple[str, ...]] = {
    "choices.kinds.skill": "Vaardigheid",
    "hello.reminder": "Nog open, {person}?",
    "hello.ask": "Dag {person}. Al iets gehoord van {twin}?",
    "hello.ask.yes": "Ja",
    "hello.ask.no": "Nee",
    "hello.ask_kind": "Wat voor iets?",
    "hello.bye": "Dank je, {person}.",
    "engine.again": "{hint}\n\n{question}",
    "engine.skip": "Overslaan",
    "engine.not_open": "Die vraag staat niet meer open.",
    "commands.pause": "Vraag me een tijdje niets",
    "talk.bye": "Tot ziens, {person}. Met /resume kom je terug.",
    "talk.ok": "OK",
    "talk.days": ("{count} dag met {twin}", "{count} dagen met {twin}"),
}


def make_checkout(root: Path, library: Mapping[str, str] = LIBRARY, table: str = TABLE) -> Path:
    """Write a checkout whose Dutch is complete and without a fault."""
    write_library(root, library)
    (root / "locales").mkdir(exist_ok=True)
    (root / "locales" / "languages.toml").write_text(table, encoding="utf-8")
    update(root)
    translate(root, "nl", DUTCH)
    update(root)
    return root


def write_library(root: Path, library: Mapping[str, str]) -> None:
    for path, content in library.items():
        place = root / "flows" / "library" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")


def po_file(root: Path, language: str) -> Path:
    return root / "locales" / language / "LC_MESSAGES" / "twinbot.po"


def translate(root: Path, language: str, words: Mapping[str, str | tuple[str, ...]]) -> None:
    """Fill in (or replace) translations in a PO file by hand, as a translator's editor does."""
    place = po_file(root, language)
    blocks = place.read_text(encoding="utf-8").split("\n\n")
    place.write_text("\n\n".join(_filled(block, words) for block in blocks), encoding="utf-8")


def _filled(block: str, words: Mapping[str, str | tuple[str, ...]]) -> str:
    lines = block.split("\n")
    id_ = next((line.removeprefix("msgctxt ").strip('"') for line in lines if line.startswith("msgctxt ")), "")
    if id_ not in words:
        return block
    before = lines[: next(place for place, line in enumerate(lines) if line.startswith("msgstr"))]
    written = words[id_]
    if isinstance(written, str):
        return "\n".join([*before, f"msgstr {_quoted(written)}"])
    return "\n".join([*before, *(f"msgstr[{n}] {_quoted(form)}" for n, form in enumerate(written))])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def speech_of(root: Path, library: Mapping[str, str] = LIBRARY) -> Speech:
    languages = languages_of(root)
    return Speech(build_catalogue(dict(library), languages), languages)


def languages_of(root: Path) -> Languages:
    return read_languages(root / "locales")
