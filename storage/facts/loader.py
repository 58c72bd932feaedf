"""The shape of a loader."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from flows.people import Person, PersonId
from storage.database import Transaction
from storage.encryption import Vault

Facts = dict[str, object]
Loader = Callable[[Transaction, Vault, Sequence[Person]], Awaitable[dict[PersonId, Facts]]]
"""The facts of one head, or of several that come from the same question, for many people at once."""
