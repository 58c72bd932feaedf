"""The one door to Telegram: what it delivers comes in as arrivals, what was decided goes out of the outbox.

Only this package imports `telegram`. It may import `storage`, `flows.events`, `flows.effects` and `flows.rules`, and
knows nothing of turns but the functions that are passed in.
"""
