"""A language as a PO file that a translator takes away, and brings back.

It is the file of `locales/` with a mark more at each text, so it opens in any gettext editor and may also be put into
its place by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from bot.errors import Refused
from bot.sheets import FILE_BYTES
from bot.speech.languages import Language
from bot.translations.messages import State, forms, source
from bot.translations.po_files import po_text
from bot.translations.rows import Row, one_line, was_of

_MARK = "Mark: "


def write(rows: tuple[Row, ...], merged: Catalog, code: str, language: Language) -> str:
    """The file for a translator. `rows` are those of `merged`."""
    marks = {row.id: row.mark for row in rows}
    for message in merged:
        if message.id:
            message.auto_comments = [f"{_MARK}{marks[str(message.context)]}", *message.auto_comments]
    return po_text(merged, code, language)


def read(data: bytes, code: str) -> tuple[Row, ...]:
    """The rows of a PO file. Refused when it can not be read, or is of another language than `code`."""
    if len(data) > FILE_BYTES:
        raise Refused(f"The file has more than {FILE_BYTES:,} bytes; a PO file of Twinbot's is far smaller.")
    try:
        catalog = read_po(BytesIO(data), abort_invalid=True)
    except PoFileError as error:
        raise Refused(
            f"The PO file can not be read: {error}. Open it in a gettext editor, mend it and save."
        ) from error
    except (ValueError, LookupError) as error:
        raise Refused("The PO file can not be read; save it as UTF-8.") from error
    found = str(catalog.locale_identifier or "none")
    if found != code and not found.startswith(f"{code}_"):
        advice = f"write “Language: {code}\\n” there if it is, or name its own language"
        raise Refused(f"The head of the PO file says its language is {found}, not {code}: {advice}.")
    return tuple(_rows(catalog))


def _rows(catalog: Catalog) -> Iterator[Row]:
    for message in catalog:
        if message.id:
            written = forms(message)
            now = State.STALE if message.fuzzy else State.CURRENT
            comments, mark = _parted(message)
            yield Row(
                str(message.context or ""),
                source(message),
                written,
                now if all(written) else State.MISSING,
                was_of(comments),
                one_line(" ".join(message.user_comments)),
                mark,
                f"line {message.lineno}",
            )


def _parted(message: Message) -> tuple[list[str], str | None]:
    marks = [one for one in message.auto_comments if one.startswith(_MARK)]
    comments = [one for one in message.auto_comments if not one.startswith(_MARK)]
    return comments, marks[0].removeprefix(_MARK) if marks else None
