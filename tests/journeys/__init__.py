"""The whole program on trial: real processes, real databases, real HTTP to the rehearsal Bot API."""
