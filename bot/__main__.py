"""`twinbot`, and `python -m bot`."""

from bot import memory

with memory.undisturbed():
    from bot.cli import main

if __name__ == "__main__":
    main()
