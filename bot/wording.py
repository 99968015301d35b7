"""The assistant's fixed sentences, in both languages, from YAML files of the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import yaml

from bot.model import Language

Texts = Mapping[str, str]


class Wording:
    """Sentences by language and key, with ``{names}`` to be filled in."""

    def __init__(self, texts: Mapping[Language, Texts]) -> None:
        """Take the texts. Raises ValueError where the languages differ in keys or in names."""
        self._texts = texts
        first, *others = texts
        for other in others:
            differing = texts[first].keys() ^ texts[other].keys()
            if differing:
                raise ValueError(f"in one language only: {', '.join(sorted(differing))}")
            for key in texts[first]:
                if _names(texts[first][key]) != _names(texts[other][key]):
                    raise ValueError(f"{key}: {first} and {other} name different values")

    @classmethod
    def load(cls, folder: Path) -> Wording:
        """Read ``en.yml`` and ``ar.yml`` of a folder."""
        return cls({language: _read(folder / f"{language.value}.yml") for language in Language})

    def say(self, language: Language, key: str, **values: object) -> str:
        """Give a sentence with its values filled in. Raises KeyError for an unknown key."""
        return self._texts[language][key].format(**values)

    def keys(self) -> set[str]:
        """Give all keys."""
        return set(self._texts[Language.EN])


def _read(path: Path) -> Texts:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {str(key): str(text).strip() for key, text in loaded.items()}


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
