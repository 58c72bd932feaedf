"""The two kinds of column of our own.

Rules kept here:

* People's words are in columns of type `Sealed`, which takes nothing but what a vault made.
* A moment is an aware datetime in Python and microseconds since 1970 (UTC) in the database: sortable, exact,
  the same on both databases.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from storage.encryption import Ciphertext

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime; a naive one raises `TypeError`. Read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002
        """Without SQLAlchemy's steps between: some thousand moments a batch, most of them the same."""
        return _bound_moment

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:  # noqa: ARG002
        return _read_moment


def _read_moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)


def _bound_moment(value: datetime | None) -> int | None:
    if value is None:
        return None
    # the hours that a clock shows twice are equal to Python: in other zones than UTC a cache would mix them up
    return _of_utc(value) if value.tzinfo is UTC else to_microseconds(value)


def from_microseconds(microseconds: int) -> datetime:
    """In UTC, exact."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_microseconds(moment: datetime) -> int:
    """Exact, where `timestamp()` would round."""
    if moment.tzinfo is None:
        raise TypeError("A moment must be an aware datetime.")
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


_of_utc = lru_cache(maxsize=4096)(to_microseconds)


class Sealed(TypeDecorator[Ciphertext]):
    """Encrypted bytes. Takes and gives `Ciphertext` only: plain words raise `TypeError` before they reach a file."""

    impl = LargeBinary
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Ciphertext | None], bytes | None]:  # noqa: ARG002
        """Without SQLAlchemy's steps between: every driver takes it as the bytes that it is."""
        return _bound_sealed

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[bytes | None], Ciphertext | None]:  # noqa: ARG002
        return _read_sealed

    def process_literal_param(self, value: Ciphertext | None, dialect: Dialect) -> str:  # noqa: ARG002
        raise TypeError("An encrypted value is never written into a statement's text.")


def _read_sealed(value: bytes | None) -> Ciphertext | None:
    return None if value is None else Ciphertext(value)


def _bound_sealed(value: Ciphertext | None) -> bytes | None:
    if value is not None and type(value) is not Ciphertext:
        raise TypeError(f"An encrypted column takes a Ciphertext, not {type(value).__name__}.")
    return value
