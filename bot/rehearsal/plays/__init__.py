"""Whole programmes, played in the rehearsal room against the real bot: who plays, what happens, and the chronicle of it.

As all of the room it imports neither the Telegram adapter nor the database.
"""
