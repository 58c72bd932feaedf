"""Every journey is played on SQLite and on PostgreSQL. Those that are about one of them stand here, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

OF_A_FILE = {
    "test_a_copy_is_put_back_on_hold_and_goes_on_when_it_is_released": "a server is copied by its own tools",
    "test_a_second_start_on_the_same_file_is_refused_and_names_the_first": "a file has a lock, a server has leases",
    "test_a_full_disk_loses_nothing": "the file is on the bot's own disk",
    "test_a_database_that_another_program_holds_loses_nothing": "only a file is held whole by one writer",
    "test_what_is_forked_leads_its_own_session_and_dies_of_its_own_signals": "it is about processes",
    "test_what_is_forked_says_and_ends_with_what_is_started_from_nothing_does": "it is about processes",
}
OF_A_SERVER = {
    "test_a_worker_whose_database_is_away_for_longer_than_its_lease_begins_anew_by_itself": "a file has a lock",
    "test_all_say_yes_at_once_through_two_processes_and_each_pair_is_made_once": "a file has one process",
    "test_a_server_that_throws_everybody_out_loses_nothing": "a file throws nobody out",
    "test_twins_who_act_on_each_other_through_two_processes_lose_and_double_nothing": "a file has one process",
    "test_web_and_workers_share_the_work_and_another_worker_takes_over_when_one_is_killed": "a file has one process",
}
WORLDS = {"sqlite_world": "sqlite", "postgres_world": "postgresql"}
OF_NEITHER = {
    "test_machines_whose_clocks_differ_are_killed_and_cut_off_and_lose_double_and_disorder_nothing": "on its own",
    "test_an_address_that_is_no_database_is_refused": "there is no database",
    "test_what_a_worker_had_under_way_when_its_machine_died_goes_on_with_the_lease_and_not_when_its_claims_end": (
        "it makes its own, on a server"
    ),
    "test_the_procfile_run_by_honcho_takes_a_programme_from_its_links_to_a_check_in": "it makes its own, on a server",
}


def test_each_journey_runs_on_both_databases_or_says_here_why_not(request: pytest.FixtureRequest) -> None:
    here = Path(__file__).parent
    kinds: dict[str, set[str]] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.path.parent == here and item.path != Path(__file__):
            found = kinds.setdefault(item.originalname, set())
            found |= {kind for fixture, kind in WORLDS.items() if fixture in item.fixturenames}
            if "database_kind" in item.fixturenames:
                found.add(str(item.callspec.params["database_kind"]))
    for name, found in kinds.items():
        if name in OF_A_FILE:
            assert found == {"sqlite"}, name
        elif name in OF_A_SERVER:
            assert found == {"postgresql"}, name
        elif name in OF_NEITHER:
            assert not found, name
        else:
            assert found == {"sqlite", "postgresql"}, name
