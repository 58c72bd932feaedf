"""Tests of the pure part: no database, no network, no clock."""
