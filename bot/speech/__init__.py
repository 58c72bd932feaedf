"""Text ids and values become words of a language. The only place that knows gettext and Babel's locales.

May import flows and Babel; knows neither Telegram nor the database.
"""

from bot.speech.errors import SpeechError
from bot.speech.languages import SOURCE, Language, Languages, packaged_languages, read_languages
from bot.speech.speech import Speech

__all__ = ["SOURCE", "Language", "Languages", "Speech", "SpeechError", "packaged_languages", "read_languages"]
