"""Whole programmes, played in the rehearsal room against the real bot: who plays, what happens, and its chronicle.

As all of the room it imports neither the Telegram adapter nor the database.
"""
