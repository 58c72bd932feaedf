"""Gettext catalogues, one folder a language, and `languages.toml`. Data; a package only so that it can be found."""
