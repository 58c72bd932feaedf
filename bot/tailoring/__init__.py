"""Flows made to measure by people who do not program: as a spreadsheet, one sheet a flow, one column a language.

May import flows, the door to spreadsheets and `bot.translations`. What it reads is judged and told with sheet and cell;
it writes into a checkout only what passes the checks of `twinbot flows check`.
"""

from bot.tailoring.exchange import Brought, export, take_in

__all__ = ["Brought", "export", "take_in"]
