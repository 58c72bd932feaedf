"""All tests. A package, so that `tests/telegram` can never stand for the library `telegram`."""
