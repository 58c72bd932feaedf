"""The whole room as plain data: the bot's card, the phones, what waits for the bot, and what the bot did.

Rules kept here:

* Nothing here reads a clock or does I/O; a moment is always an argument.
* Whoever changes the room calls `changed`, so that pollers, the webhook, the page and the file follow.
* The journal holds every call of the bot that was accepted and changed something, in order; `refused` the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.rehearsal.faults import Faults
from bot.rehearsal.pace import Pace
from bot.rehearsal.phones import Phone
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.updates import Updates

JOURNAL_KEPT = 100_000
QUERIES_KEPT = 10_000


@dataclass
class Query:
    """One tap that may be answered."""

    id: str
    chat: int
    message: int
    at: float
    answered: bool = False


@dataclass
class StoredFile:
    """A file that was sent, by the bot or by a person."""

    id: str
    kind: str
    """`document`, `photo` or `voice`."""
    name: str
    mime: str
    content: bytes
    path: str

    @property
    def unique(self) -> str:
        return self.id[-16:]


@dataclass
class Webhook:
    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error_at: float | None = None
    last_error: str = ""


@dataclass
class Room:
    """One bot, its people, and Telegram between them."""

    token: str
    username: str
    name: str = "Twinbot"
    random: Random = field(default_factory=Random)
    phones: dict[int, Phone] = field(default_factory=dict)
    updates: Updates = field(default_factory=Updates)
    pace: Pace = field(default_factory=Pace)
    faults: Faults = field(default_factory=Faults)
    webhook: Webhook = field(default_factory=Webhook)
    queries: dict[str, Query] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """By `scope/language`, as `commands_key` spells it."""
    descriptions: dict[str, str] = field(default_factory=dict)
    """By `description/language` and `short_description/language`."""
    journal: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    journal_end: int = 0
    last_message: int = 0
    last_query: int = 0
    last_file: int = 0
    changed: Callable[[str, int | None], None] = lambda _what, _chat: None
    """Called with what changed (`phone`, `update`, `confirmed`, `webhook`, `card`) and whose it is."""

    @property
    def bot_id(self) -> int:
        return int(self.token.split(":")[0])

    def phone(self, chat: int | None) -> Phone:
        """The phone of `chat`. Raises `Refused` (chat not found)."""
        phone = self.phones.get(chat) if chat is not None else None
        if phone is None:
            raise Refused(Why.CHAT_NOT_FOUND)
        return phone

    def reachable(self, chat: int | None) -> Phone:
        """The phone of `chat`, when the bot may write to it. Raises `Refused`."""
        phone = self.phone(chat)
        if phone.deactivated:
            raise Refused(Why.DEACTIVATED)
        if phone.blocked:
            raise Refused(Why.BLOCKED)
        if not phone.started and phone.chat > 0:
            raise Refused(Why.NOT_STARTED)
        return phone

    def next_message(self) -> int:
        self.last_message += 1
        return self.last_message

    def note(
        self, method: str, chat: int | None, message: int | None, text: str | None, *, now: float, **more: Any
    ) -> None:
        """Writes one accepted call into the journal."""
        self.journal_end += 1
        self.journal.append(
            {"n": self.journal_end, "method": method, "chat": chat, "message": message, "text": text, "at": now, **more}
        )
        if len(self.journal) > JOURNAL_KEPT:
            del self.journal[: JOURNAL_KEPT // 10]

    def note_refusal(self, method: str, chat: int | None, refused: Refused, now: float) -> None:
        """Writes one refused call down, without its words."""
        entry = {"method": method, "chat": chat, "code": refused.refusal.code, "why": refused.why.value, "at": now}
        self.refused.append(entry)
        if len(self.refused) > JOURNAL_KEPT:
            del self.refused[: JOURNAL_KEPT // 10]

    def journal_since(self, number: int) -> list[dict[str, Any]]:
        """The entries numbered above `number`."""
        missing = self.journal_end - number
        return self.journal[-missing:] if missing > 0 else []

    def ask_query(self, chat: int, message: int, now: float) -> Query:
        """A tap happened: makes the query under which it can be answered."""
        self.last_query += 1
        query = Query(f"{self.random.getrandbits(48)}{self.last_query:06d}", chat, message, now)
        self.queries[query.id] = query
        while len(self.queries) > QUERIES_KEPT:
            del self.queries[next(iter(self.queries))]
        return query

    def new_file(self, kind: str, name: str, mime: str, content: bytes) -> StoredFile:
        """A file with an id of its own; it is kept once something that carries it was accepted (`files`)."""
        self.last_file += 1
        number = self.last_file
        ending = name.rsplit(".", 1)[-1] if "." in name else "bin"
        ending = "".join(c for c in ending if c.isascii() and c.isalnum())[:8] or "bin"
        file_id = f"REH{kind[:3].upper()}{number:06d}{self.random.getrandbits(96):024x}"
        return StoredFile(file_id, kind, name, mime, content, f"{kind}s/file_{number}.{ending}")

    def emit(self, kind: str, chat: int, body: dict[str, Any], now: float) -> None:
        """Puts an update into the queue and wakes who waits for it."""
        if self.updates.add(kind, chat, body, now):
            self.changed("update", chat)


def commands_key(scope: Any, language: str) -> str:
    """The name under which commands of a scope and a language are kept."""
    if not isinstance(scope, dict) or scope.get("type", "default") == "default":
        return f"default/{language}"
    parts = [str(scope.get(part)) for part in ("type", "chat_id", "user_id") if scope.get(part) is not None]
    return f"{':'.join(parts)}/{language}"


def commands_for(room: Room, phone: Phone) -> list[dict[str, str]]:
    """The commands that `phone` shows, the narrowest scope and the own language first."""
    language = (phone.language or "").split("-")[0]
    for scope in (f"chat:{phone.chat}", "all_private_chats" if phone.chat > 0 else "all_group_chats", "default"):
        for key in (f"{scope}/{language}", f"{scope}/"):
            if room.commands.get(key):
                return room.commands[key]
    return []


def description_for(room: Room, phone: Phone) -> str:
    """What `phone` shows of the bot while its chat is empty, its own language first."""
    language = (phone.language or "").split("-")[0]
    return room.descriptions.get(f"description/{language}") or room.descriptions.get("description/", "")
