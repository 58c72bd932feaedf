"""People's words at rest: AES-GCM, several keys, every value bound to its place.

Rules kept here:

* A sealed value opens only at the table, column and row it was sealed for: they are its associated data, with the
  key's id. A value copied to another row does not open.
* The newest key seals; every key known opens. A value names its key, so keys can be changed piece by piece.
* Sealed: one version byte, the length of the key id, the key id, a nonce of 12 bytes, the ciphertext with its tag.
* The nonce is random. NIST SP 800-38D allows 2**32 random nonces for one key: at a million values a day eleven years.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import KeysError, UnknownKey, Unreadable

KEY_BYTES = 32
"""AES-256."""
_NONCE_BYTES = 12
"""The size for which AES-GCM is defined without an extra hash."""
_VERSION = 1
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")

DEFAULT_KEY_FILE = Path("~/.config/twinbot/keys")
"""Outside `data/` and every backup, so that a stolen backup does not hold its own key."""


class Ciphertext(bytes):
    """Bytes that a vault sealed. The only thing a `Sealed` column takes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Ciphertext({len(self)} bytes)"


@dataclass(frozen=True, slots=True)
class Key:
    """One secret. Written `<id>:<32 bytes in base64url>`."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise KeysError("The id of a secret key has 1 to 32 letters, digits, dots, dashes or underscores.")
        if len(self.secret) != KEY_BYTES:
            raise KeysError(f"The secret key {self.id} has {len(self.secret)} bytes instead of {KEY_BYTES}.")

    def __str__(self) -> str:
        return f"{self.id}:(hidden)"

    def text(self) -> str:
        """The key as it stands in `SECRET_KEYS` and in the key file. Secret."""
        return f"{self.id}:{base64.urlsafe_b64encode(self.secret).decode().rstrip('=')}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """Reads `<id>:<base64url>`. Raises `KeysError` without quoting the text."""
        key_id, colon, encoded = text.strip().partition(":")
        if not colon:
            raise KeysError("A secret key is written <id>:<base64url>; a colon is missing.")
        try:
            secret = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise KeysError(f"The secret key {key_id!r} is not valid base64url.") from None
        return cls(key_id, secret)


class Vault:
    """Seals and opens values. Holds the keys in memory only."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """`keys`: newest first; the first one seals."""
        if not keys:
            raise KeysError("At least one secret key is needed.")
        self._ciphers = {key.id: AESGCM(key.secret) for key in keys}
        if len(self._ciphers) != len(keys):
            raise KeysError("Two secret keys have the same id.")
        newest = keys[0]
        self.newest = newest.id
        self._seal = self._ciphers[newest.id].encrypt
        self._header = self.header(newest.id)
        self._prefixes = {key.id: f"{key.id}|" for key in keys}
        self._newest_prefix = self._prefixes[newest.id]

    def seal(self, plain: bytes, context: str) -> Ciphertext:
        """Encrypts with the newest key; `context` says where the value belongs."""
        nonce = os.urandom(_NONCE_BYTES)
        associated = (self._newest_prefix + context).encode()
        return Ciphertext(self._header + nonce + self._seal(nonce, plain, associated))

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypts what was sealed for the same `context`. Raises `UnknownKey` or `Unreadable`."""
        if len(sealed) < 2 or sealed[0] != _VERSION:
            raise Unreadable(f"The value of {_place(context)} is not one that Twinbot encrypted.")
        start = 2 + sealed[1]
        key_id = sealed[2:start].decode("ascii", "replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKey(
                f"The value of {_place(context)} was encrypted with the secret key {key_id!r}, which is not among "
                f"the keys given ({', '.join(self._ciphers)}). Add it to SECRET_KEYS or to the key file."
            )
        end = start + _NONCE_BYTES
        try:
            return cipher.decrypt(sealed[start:end], sealed[end:], (self._prefixes[key_id] + context).encode())
        except (InvalidTag, ValueError):
            raise Unreadable(
                f"The value of {_place(context)} can not be decrypted with the secret key {key_id!r}: "
                "it was changed, belongs to another row, or the key is another one of the same id."
            ) from None

    def seal_text(self, column: str, row: int | str, text: str) -> Ciphertext:
        """Encrypts `text` for `column` (`"people.name"`) of the row that `row` names."""
        return self.seal(text.encode(), f"{column}|{row}")

    def open_text(self, column: str, row: int | str, sealed: Ciphertext) -> str:
        """The text that was sealed for the same column and row."""
        return self.open(sealed, f"{column}|{row}").decode()

    @staticmethod
    def header(key_id: str) -> bytes:
        """How every value begins that was sealed with the key of this id."""
        encoded = key_id.encode()
        return bytes((_VERSION, len(encoded))) + encoded


def _place(context: str) -> str:
    return context.partition("|")[0] or "a column"


# -- where keys come from ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadedKeys:
    """`file` is where they came from, `None` for the environment. `created`: made just now, to be shown once."""

    keys: tuple[Key, ...]
    file: Path | None
    created: bool


def new_key(key_id: str) -> Key:
    return Key(key_id, secrets.token_bytes(KEY_BYTES))


def parse_keys(text: str) -> tuple[Key, ...]:
    """Keys from `SECRET_KEYS` or a key file, newest first, separated by commas or white space; `#` begins a remark."""
    words = re.split(r"[\s,]+", re.sub(r"#.*", "", text).strip())
    keys = tuple(Key.parse(word) for word in words if word)
    if not keys:
        raise KeysError("SECRET_KEYS, or the key file, holds no key.")
    return keys


def load_keys(text: str | None = None, file: Path | None = None) -> LoadedKeys:
    """The keys of the environment (`text`), else of the key file, which is made with one new key when it is missing.

    `file` is another place than `DEFAULT_KEY_FILE`. Two processes that start at once end with the same key.
    Raises `KeysError` when the file may be read by others, can not be read, or holds no keys.
    """
    if text is not None and text.strip():
        return LoadedKeys(parse_keys(text), None, created=False)
    path = (file or DEFAULT_KEY_FILE).expanduser()
    created = False
    try:
        if not path.exists():
            created = _create_key_file(path)
        mode = path.stat().st_mode
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise KeysError(
            f"The key file {path} can not be used ({error.strerror}). Set SECRET_KEYS, or let this user read it."
        ) from error
    if mode & 0o077:
        raise KeysError(f"The key file {path} can be read by others. Run: chmod 600 {path}")
    return LoadedKeys(parse_keys(content), path, created)


def next_key(keys: Sequence[Key]) -> Key:
    """A new key whose id follows those of `keys`: k1, k2, …"""
    numbers = [int(key.id[1:]) for key in keys if re.fullmatch(r"k\d{1,9}", key.id)]
    return new_key(f"k{max(numbers, default=0) + 1}")


def add_key(path: Path, key: Key) -> None:
    """Puts `key` before the others in the key file, which is replaced at one stroke. Raises `KeysError`."""
    try:
        with _drafted(path, key, path.read_text(encoding="utf-8")) as draft:
            draft.replace(path)
    except OSError as error:
        raise KeysError(f"The key file {path} can not be changed ({error.strerror}).") from None


def _create_key_file(path: Path) -> bool:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _drafted(path, new_key("k1"), "") as draft:
        try:
            os.link(draft, path)  # a link fails when the name is taken: whoever comes second uses the first one's key
        except FileExistsError:
            return False
        return True


@contextmanager
def _drafted(path: Path, key: Key, rest: str) -> Iterator[Path]:
    """A file beside `path`, on disk, with `key` before what stands in `rest`."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(_HEAD + key.text() + "\n" + rest.removeprefix(_HEAD))
            out.flush()
            os.fsync(out.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


_HEAD = "# Twinbot's secret keys, newest first. Without them nobody can read the database.\n"
