"""The clock contract: with processes of the bot that are played here, first without and then over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.rehearsal.clockwork import DOWN, FORGOTTEN, OVERDUE, STARTING, STILL, Clockwork
from bot.rehearsal.room import running_room
from bot.rehearsal.server import Server
from bot.rehearsal.supervisor import python

from .line import AMINATA, START, TOKEN, Line, new_room, open_line, play

HOUR = 3600.0
ANSWERED_WITHIN = 5.0
"""Seconds; a report that is kept waiting waits four times as long."""


@dataclass
class Bench:
    """A clockwork whose real time is a number here."""

    real: float = 0.0
    alive: bool = False
    unfetched: bool = False
    due: float | None = None
    clock: Clockwork = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clockwork(
            START,
            lambda: self.real,
            alive=lambda: self.alive,
            due=lambda: self.due,
            unfetched=lambda: self.unfetched,
        )

    def report(self, name: str = "p1", *, idle: bool = True, next_due: float | None = None) -> bool:
        """Reports at the present moment; says whether it is answered at once."""
        return self.clock.report(name, idle=idle, next_due=next_due, seen=self.clock.now())[2]


def test_between_moves_simulated_time_runs_at_real_speed() -> None:
    bench = Bench()
    bench.real = 90.0
    assert bench.clock.now() == START + 90


def test_a_move_stops_at_the_earliest_due_moment_of_all_processes() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    bench.report("p1", next_due=START + 600)
    bench.report("p2", next_due=START + 300)
    assert bench.clock.step()
    assert (bench.clock.now(), bench.clock.moving) == (START + 300, True)


def test_after_each_jump_every_process_must_report_again() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    bench.report("p1", next_due=START + 300)
    bench.report("p2")
    assert bench.clock.step()
    bench.report("p1")
    assert not bench.clock.step()
    bench.report("p2")
    assert bench.clock.step()
    assert (bench.clock.now(), bench.clock.moving) == (START + HOUR, False)


def test_a_busy_process_holds_the_clock() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    bench.report("p1")
    bench.report("p2", idle=False)
    assert not bench.clock.step()
    bench.report("p2", idle=True)
    assert bench.clock.step()


def test_what_was_reported_before_the_move_began_does_not_count() -> None:
    bench = Bench()
    bench.report()
    bench.clock.aim(HOUR)
    assert not bench.clock.step()


def test_what_is_due_in_the_room_itself_stops_the_clock_too() -> None:
    bench = Bench(due=START + 60)
    bench.clock.aim(HOUR)
    bench.report(next_due=START + 300)
    assert bench.clock.step()
    assert bench.clock.now() == START + 60


def test_an_update_on_its_way_holds_the_clock_and_makes_reports_stale() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    bench.report()
    bench.unfetched = True
    bench.clock.stir()
    bench.report()
    assert not bench.clock.step()
    bench.real = STILL + 0.1  # nobody fetches it: the clock goes on, as with a bot in trouble
    assert bench.clock.step()


def test_a_bot_that_is_down_lets_the_clock_go_straight_to_the_target() -> None:
    bench = Bench(due=START + 60)
    bench.clock.aim(HOUR)
    bench.real = DOWN
    assert not bench.clock.step()
    bench.real = DOWN + 0.1
    assert bench.clock.step()
    assert (bench.clock.now(), bench.clock.moving) == (START + HOUR, False)


def test_a_bot_that_is_being_started_is_waited_for() -> None:
    bench = Bench(alive=True)
    bench.clock.aim(HOUR)
    bench.real = STARTING
    assert not bench.clock.step()
    bench.clock.started()
    bench.real = 2 * STARTING
    assert not bench.clock.step()
    bench.report(next_due=START + 600)
    assert bench.clock.step()
    assert bench.clock.now() == START + 600


def test_a_process_whose_report_broke_off_is_forgotten() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    process, _, _ = bench.clock.report("dead", idle=False, next_due=None, seen=START)
    bench.report("p2")
    assert not bench.clock.step()
    bench.clock.lost("dead", process)
    assert bench.clock.step()


def test_a_process_that_the_room_saw_end_is_forgotten_at_once_and_its_successor_waited_for() -> None:
    bench = Bench(alive=True)
    process, _, _ = bench.clock.report("killed between two reports", idle=False, next_due=None, seen=START)
    bench.clock.answered(process)
    bench.clock.aim(HOUR)
    bench.clock.ended()
    assert not bench.clock.step(), "its successor is starting"
    bench.real = 1.0
    bench.report("successor", next_due=START + 600)
    assert bench.clock.step()
    assert bench.clock.now() == START + 600


def test_a_process_that_was_answered_and_is_silent_is_forgotten_after_ten_seconds() -> None:
    bench = Bench()
    process, _, _ = bench.clock.report("silent", idle=False, next_due=None, seen=START)
    bench.clock.answered(process)
    bench.clock.aim(HOUR)
    bench.real = FORGOTTEN
    bench.report("p2")
    assert not bench.clock.step()
    bench.real = FORGOTTEN + 0.1
    bench.report("p2")
    assert bench.clock.step()


def test_a_process_idle_beyond_its_own_due_moment_is_given_time_to_act_but_not_for_ever() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    bench.report(next_due=START - 1)
    assert not bench.clock.step()
    bench.real = OVERDUE + 0.1
    assert bench.clock.step()


def test_a_report_from_before_the_last_jump_is_answered_at_once_and_does_not_count() -> None:
    bench = Bench()
    bench.clock.jump(START + 300)
    assert bench.clock.report("p1", idle=True, next_due=None, seen=START)[2]
    bench.clock.aim(HOUR)
    bench.clock.report("p1", idle=True, next_due=None, seen=START)
    assert not bench.clock.step()
    assert not bench.report("p1")
    assert bench.clock.step()


def test_a_process_that_lags_a_little_has_missed_nothing() -> None:
    bench = Bench()
    bench.clock.jump(START + 300)
    bench.clock.aim(HOUR)
    assert not bench.clock.report("p1", idle=True, next_due=None, seen=START + 299.8)[2]
    assert bench.clock.step()


def test_the_clock_never_goes_back() -> None:
    bench = Bench()
    bench.clock.jump(START + 300)
    bench.clock.jump(START)
    assert bench.clock.now() == START + 300


def test_a_second_move_goes_on_where_the_first_will_end() -> None:
    bench = Bench()
    bench.clock.aim(HOUR)
    assert bench.clock.aim(HOUR) == START + 2 * HOUR


# -- over HTTP -------------------------------------------------------------------------------------------------


class Played:
    """A process of the bot that has something to do at each of `due` and notes at which moment it did it."""

    def __init__(self, url: str, name: str, due: list[float]) -> None:
        self.url, self.name, self.due = url, name, sorted(due)
        self.done: list[float] = []
        self.told: list[dict[str, Any]] = []

    async def run(self) -> None:
        seen = START
        async with ClientSession() as session:
            while True:
                while self.due and self.due[0] <= seen:
                    self.due.pop(0)
                    await asyncio.sleep(0.02)  # being busy takes a while
                    self.done.append(seen)
                report = {
                    "process": self.name, "idle": True, "next_due": self.due[0] if self.due else None, "seen": seen
                }  # fmt: skip
                async with session.post(f"{self.url}/clock/report", json=report) as answer:
                    assert answer.status == 200
                    assert float(answer.headers["X-Rehearsal-Now"]) >= seen
                    told = await answer.json()
                self.told.append(told)
                seen = told["now"]


async def reporting(server: Server, *names: str) -> None:
    """Until these processes and no others report to the clock; sooner than it forgets one by itself."""
    async with asyncio.timeout(ANSWERED_WITHIN):
        while sorted(server.clock.processes) != sorted(names):  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.01)


def test_a_move_over_http_stops_where_each_of_two_processes_is_due() -> None:
    async def scene() -> None:
        server = Server(new_room(), wall=lambda: START)
        await server.open()
        first = Played(server.url, "p1", [START + 2 * HOUR, START + 3 * HOUR, START + 99 * HOUR])
        second = Played(server.url, "p2", [START + 2.5 * HOUR])
        tasks = [asyncio.create_task(process.run()) for process in (first, second)]
        try:
            await reporting(server, "p1", "p2")
            async with ClientSession() as session:
                async with session.post(f"{server.url}/clock/move", json={"seconds": 4 * HOUR}) as answer:
                    told = await answer.json()
                async with session.get(f"{server.url}/room/state") as answer:
                    assert float(answer.headers["X-Rehearsal-Now"]) >= START + 4 * HOUR
            assert told["reached"]
            assert told["now"] == pytest.approx(START + 4 * HOUR, abs=2)
            assert first.done == pytest.approx([START + 2 * HOUR, START + 3 * HOUR], abs=1)
            assert second.done == pytest.approx([START + 2.5 * HOUR], abs=1)
            assert any(told["target"] is not None for told in first.told)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.close()

    asyncio.run(scene())


def test_a_busy_process_is_answered_soon_and_an_idle_one_when_the_clock_jumps() -> None:
    async def scene(line: Line) -> None:
        report = {"process": "p1", "idle": False, "next_due": None, "seen": START}
        async with asyncio.timeout(ANSWERED_WITHIN):
            assert (await line.ask("POST", "/clock/report", report))[1] == {"now": START, "target": None}
        idle = asyncio.create_task(line.ask("POST", "/clock/report", report | {"idle": True}))
        await asyncio.sleep(0.3)
        assert not idle.done()
        line.jump(60)
        async with asyncio.timeout(ANSWERED_WITHIN):
            assert (await idle)[1] == {"now": START + 60, "target": None}

    play(scene)


def test_a_killed_process_no_longer_holds_the_clock() -> None:
    async def scene() -> None:
        server = Server(new_room(), wall=lambda: START)
        await server.open()
        dead, living = Played(server.url, "dead", []), Played(server.url, "living", [])
        tasks = [asyncio.create_task(process.run()) for process in (dead, living)]
        try:
            await reporting(server, "dead", "living")
            tasks[0].cancel()
            await reporting(server, "living")
            assert await asyncio.wait_for(server.clock_api.move(HOUR), 20)
        finally:
            tasks[1].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.close()

    asyncio.run(scene())


def test_a_moving_clock_does_not_wait_for_a_bot_that_was_killed_between_two_reports() -> None:
    async def scene() -> None:
        async with running_room(
            token=TOKEN, username="echo_bot", argv=python("-c", "import time; time.sleep(60)")
        ) as running:
            assert running.supervisor is not None
            clock = running.server.clock
            process, _, _ = clock.report("of the bot", idle=False, next_due=None, seen=clock.now())
            clock.answered(process)
            running.supervisor.kill()
            async with asyncio.timeout(FORGOTTEN / 2):
                while clock.processes:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.01)

    asyncio.run(scene())


def test_a_move_can_be_begun_without_waiting_and_shows_in_the_state() -> None:
    async def scene(line: Line) -> None:
        status, told = await line.ask("POST", "/clock/move", {"seconds": HOUR, "wait": False})
        assert (status, told["reached"]) == (200, False)
        _, state = await line.ask("GET", "/room/state")
        assert (state["moving"], state["target"]) == (True, START + HOUR)

    play(scene)


@pytest.mark.parametrize("seconds", [0, -1, "10", True, None, 1e12])
def test_a_move_that_makes_no_sense_is_refused(seconds: Any) -> None:
    async def scene(line: Line) -> None:
        status, told = await line.ask("POST", "/clock/move", {"seconds": seconds})
        assert status == 400
        assert "seconds" in told["error"]

    play(scene)


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"process": "", "idle": True, "seen": 1},
        {"process": "p", "idle": 1, "seen": 1},
        {"process": "p", "idle": True, "seen": "now"},
        {"process": "p", "idle": True, "seen": 1, "next_due": "soon"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(report: dict[str, Any]) -> None:
    async def scene(line: Line) -> None:
        status, told = await line.ask("POST", "/clock/report", report)
        assert (status, set(told)) == (400, {"error"})
        assert line.server.clock.processes == {}

    play(scene)


def test_dates_and_ages_are_of_the_simulated_clock() -> None:
    async def scene() -> None:
        async with open_line() as line:
            line.jump(7 * 24 * HOUR)
            sent = await line.ok("sendMessage", chat_id=AMINATA, text="a week later")
            assert sent["date"] == int(START + 7 * 24 * HOUR)

    asyncio.run(scene())
