"""What every test may ask for, and the zone data that the program itself uses."""

from __future__ import annotations

from bot.places import use_newest_zone_data

pytest_plugins = ("tests.databases",)

use_newest_zone_data()
