"""Writes the generated parts of `docs/`: `python -m bot.reference`; `--check` names what is stale and exits with 1.

Rules kept here:

* What a page says of the code is read from the code: settings, commands, tables, grammar, timers, imports.
* The same code gives the same pages, byte for byte: no dates, no machine's paths, no order of a set.
* A thing without words of its own (a new field, a new kind of timer) fails here until it has some.

Nothing of Twinbot imports this package; it may import everything.
"""
