"""The shell's core: turns, ticks, the process and the command line, on real databases and without Telegram."""
