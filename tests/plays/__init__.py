"""Whole programmes on trial: years of simulated time, real processes, one play for all that is asked of it."""
