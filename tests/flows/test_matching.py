"""Suggestions of twins: properties that hold for any profiles, and what is said of what fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows.people import Candidate, Profile
from flows.rules.agenda import CONDITIONS
from flows.rules.matching import FLOWS, LEAST, in_common, in_words, profile_of, suggested
from flows.values import Listed, Text, Value
from tests.cast import FREETOWN, SINCE, UTRECHT, candidate

FIT = Profile(languages=frozenset({"fr", "en"}), area=frozenset({"after_birth"}), style=frozenset({"short_often"}))


def some(*ids: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(ids))


PROFILES = st.builds(
    Profile,
    some("en", "fr", "nl"),
    some("from_2", "over_20"),
    some("from_30", "from_40"),
    some("practice", "teaching", "new"),
    some("birth", "after_birth", "other"),
    some("short_often", "long_rare", "as_it_comes"),
    some("morning", "evening", "any"),
    some("practice", "teaching", "new"),
    some("practice", "teaching", "new"),
)


def twin(number: int, profile: Profile | None, waited: int = 0) -> Candidate:
    side = FREETOWN if number == 1 else UTRECHT
    one = candidate(number, f"Twin {number}", side, profile=profile)
    return replace(one, waiting_since=SINCE - timedelta(days=waited))


TWINS = st.lists(st.tuples(st.none() | PROFILES, st.integers(0, 3)), max_size=8).map(
    lambda told: [twin(number, *one) for number, one in enumerate(told, start=2)]
)


@given(PROFILES, PROFILES)
def test_what_fits_one_fits_the_other_just_as_well(one: Profile, other: Profile) -> None:
    assert in_common(one, other) == in_common(other, one)


@given(st.none() | PROFILES, TWINS)
def test_suggested_is_only_who_shares_a_language_and_two_things_more(
    own: Profile | None, others: list[Candidate]
) -> None:
    for other, common in suggested(twin(1, own), others):
        assert own is not None and other.profile is not None
        assert own.languages & other.profile.languages
        assert common.count >= LEAST


@given(PROFILES, TWINS)
def test_more_in_common_stands_first_and_of_equals_who_has_waited_longer(own: Profile, others: list[Candidate]) -> None:
    found = suggested(twin(1, own), others)
    keys = [(-common.count, one.waiting_since or SINCE, one.id) for one, common in found]
    assert keys == sorted(keys)
    assert found == suggested(twin(1, own), reversed(others)), "the order in which they come changes nothing"


@given(PROFILES, PROFILES)
def test_nothing_that_only_one_of_them_told_is_said(one: Profile, other: Profile) -> None:
    common = in_common(one, other)
    both = one.topics & other.topics
    assert common.topics == both
    assert common.exchange <= (one.offers | other.offers) & (one.wants | other.wants)
    assert common.area <= one.area & other.area


def test_without_a_common_language_or_without_a_profile_nobody_is_suggested() -> None:
    others = [twin(2, replace(FIT, languages=frozenset({"nl"}))), twin(3, None)]
    assert suggested(twin(1, FIT), others) == []


def test_the_reasons_are_words_and_no_number() -> None:
    other = replace(FIT, languages=frozenset({"fr"}), offers=frozenset({"new"}))
    common = in_common(replace(FIT, wants=frozenset({"new"})), other)
    assert ids(in_words(common)) == [
        "choices.spoken_languages.fr",
        "choices.work_areas.after_birth",
        "pairing.exchange",
        "choices.contact_styles.short_often",
    ]


def ids(value: Value) -> list[str]:
    if isinstance(value, Listed):
        return [one for item in value.items for one in ids(item)]
    return [value.id] if isinstance(value, Text) else []


def test_a_profile_is_read_from_choices_and_is_none_where_nothing_was_told() -> None:
    assert profile_of({}) is None
    assert profile_of({("outlook", "hours"): "from_1"}) is None
    told = profile_of({("about_me", "languages"): "en,fr", ("profile", "area"): "birth"})
    assert told == Profile(languages=frozenset({"en", "fr"}), area=frozenset({"birth"}))
    assert {save for saves in FLOWS.values() for save in saves} == set(Profile.__slots__)


def test_who_has_waited_four_weeks_without_a_proposal_hears_that_she_is_not_forgotten() -> None:
    waits = CONDITIONS["waits_long"]
    assert not waits({"waiting.since": None}, SINCE)
    assert not waits({"waiting.since": SINCE}, SINCE + timedelta(days=27))
    assert waits({"waiting.since": SINCE}, SINCE + timedelta(days=28))
