"""Tests of what is remembered, each on a real SQLite file and a real PostgreSQL."""
