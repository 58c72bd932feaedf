"""The thresholds that a programme may set for itself. All are proposals to be piloted (domain.md sections 3, 6 and 7).

Rules kept here:

* A threshold has its name, its unit and its limits here, and its reason where it is used.
* A rule asks `thresholds_of` for them. Where nothing is set, what is packaged holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from flows.definition import Duration
from flows.people import QUIET_DAYS
from flows.rules.reciprocity import PILOT
from flows.rules.reciprocity import Thresholds as OfBalance

THRESHOLDS: Final = "tailored.thresholds"
"""The fact under which the shell hands a programme's own thresholds to the turns of its people."""

MOST: Final = timedelta(days=366)
"""What is longer than a year is no threshold but a slip."""
LEAST: Final = timedelta(days=1)
"""Everything here is counted in days."""


def _within_a_year(value: timedelta) -> timedelta:
    if not LEAST <= value <= MOST:
        raise ValueError("has to be from 1d to 366d")
    return value


Time = Annotated[Duration, AfterValidator(_within_a_year)]
Share = Annotated[float, Field(ge=0, le=1)]


class Thresholds(BaseModel):
    """What `thresholds.toml` may hold. What is left out stays as it is packaged.

    `personal_first`: nothing about the project in so long of a pair's beginning. `again_after`: what was left without a
    word is asked a second time. `tired_after`: so many things left or skipped in a row make somebody tired; she is then
    asked only every `rarely`. `quiet_days`: so many quiet days before coordinators are told, where a pair agreed
    nothing. `balance_…`: what the words of /balance rest on (`flows.rules.reciprocity`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    personal_first: Time = timedelta(weeks=8)
    again_after: Time = timedelta(weeks=4)
    tired_after: Annotated[int, Field(ge=1, le=10)] = 2
    rarely: Time = timedelta(days=20)
    quiet_days: Annotated[int, Field(ge=7, le=120)] = QUIET_DAYS
    balance_window: Time = PILOT.window
    balance_flows: Annotated[int, Field(ge=1, le=50)] = PILOT.flows
    balance_weeks: Annotated[int, Field(ge=1, le=20)] = PILOT.weeks
    balance_even: Share = PILOT.even
    balance_one_way: Share = PILOT.one_way

    @model_validator(mode="after")
    def _even_is_more_than_one_way(self) -> Thresholds:
        if self.balance_one_way >= self.balance_even:
            raise ValueError("balance_one_way has to be less than balance_even")
        return self

    @property
    def of_balance(self) -> OfBalance:
        """As the rules of reciprocity want them."""
        return OfBalance(
            window=self.balance_window,
            flows=self.balance_flows,
            weeks=self.balance_weeks,
            even=self.balance_even,
            one_way=self.balance_one_way,
        )


PACKAGED: Final = Thresholds()


def thresholds_of(facts: Mapping[str, Any]) -> Thresholds:
    """Those of the programme whose person the facts are about."""
    found = facts.get(THRESHOLDS)
    return found if isinstance(found, Thresholds) else PACKAGED
