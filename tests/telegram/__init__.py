"""The door to Telegram. What needs no Telegram is tested as functions, the rest over real HTTP."""
