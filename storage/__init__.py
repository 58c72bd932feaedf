"""What is remembered.

SQLAlchemy Core over SQLite (aiosqlite) or PostgreSQL (psycopg), nothing else of this program knows either. One module
per noun; every function takes an open transaction and works on many rows at once. May import the dataclasses of
`flows`, never its engine; knows no clock (time is an argument), no Telegram, no log. People's words enter and leave
only through the vault (`storage.encryption`).
"""
