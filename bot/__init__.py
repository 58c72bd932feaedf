"""The shell: Telegram, time, commands and wiring. May import everything; nothing imports it."""
