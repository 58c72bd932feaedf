"""What is said, asked and decided.

Pure: the standard library and pydantic, nothing else. No clock, no input or output, no randomness, no logging;
time arrives as an argument. Nothing here knows Telegram, a database or a language other than the source text.
"""
