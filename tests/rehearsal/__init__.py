"""Tests of the rehearsal room: Telegram's rules as functions, and the room over real HTTP."""
