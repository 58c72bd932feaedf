"""Entities that a call lists itself, beside a text without a mode.

Rules kept here:

* Offsets and lengths count UTF-16 code units, and an entity lies within its text: what reaches beyond is refused.
* An entity without length is left out, and at most 100 are kept, both without a word.
"""

from __future__ import annotations

from typing import Any

from bot.rehearsal.refusals import Refused, Why

ENTITIES_KEPT = 100
_OF_TELEGRAM = frozenset({
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
    "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
    "custom_emoji"
})  # fmt: skip
_NEEDS = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}


def utf16(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def read_given(text: str, entities: Any) -> tuple[dict[str, Any], ...]:
    """`entities` of a call that sends `text`. Raises `Refused`."""
    if entities is None:
        return ()
    if not isinstance(entities, list):
        raise Refused(Why.UNPARSABLE_ENTITIES, {"detail": "expected an Array of MessageEntity"})
    size = utf16(text)
    read = (_read(entity, size) for entity in entities)
    return tuple(entity for entity in read if entity["length"] > 0)[:ENTITIES_KEPT]


def _read(entity: Any, size: int) -> dict[str, Any]:
    if not isinstance(entity, dict):
        raise _unreadable("expected an Object")
    kind = entity.get("type")
    if not isinstance(kind, str) or kind not in _OF_TELEGRAM:
        raise _unreadable("Unsupported type specified")
    offset, length = _number(entity, "offset"), _number(entity, "length")
    needed = _NEEDS.get(kind)
    if needed is not None and entity.get(needed) is None:
        raise _unreadable(f'Can\'t find field "{needed}"')
    if offset < 0:
        raise _outside(f"receive an entity with incorrect offset {offset}")
    if length < 0:
        raise _outside(f"receive an entity with incorrect length {length}")
    if offset > size:
        raise _outside(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > size:
        end = offset + length
        raise _outside(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
        )
    return dict(entity)


def _number(entity: dict[str, Any], name: str) -> int:
    value = entity.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _unreadable(f'Field "{name}" must be of type Number')
    return value


def _unreadable(detail: str) -> Refused:
    return Refused(Why.UNREADABLE_ENTITY, {"detail": detail})


def _outside(detail: str) -> Refused:
    return Refused(Why.ENTITY_OUTSIDE, {"detail": detail})
