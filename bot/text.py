"""What is done to a text before anybody reads it: cleaning, limits, and telling its language."""

from __future__ import annotations

import re
import unicodedata

from bot.errors import MessageRefused
from bot.model import Language

_ARABIC = re.compile(r"[\u0620-\u064A\u066E-\u06D3\u06FA-\u06FF\u0750-\u077F\u08A0-\u08C7]")
_LATIN = re.compile(r"[A-Za-z\u00C0-\u024F]")
_WORD = re.compile(r"\S+")

# Direction marks are kept: they are how people make mixed text readable. Overrides are not: they
# can make a text read as what it is not.
_KEPT = {"\n", "\t", "\u200c", "\u200d", "\u200e", "\u200f"}
_MOST_LATIN_WORDS_OF_A_NAME = 2
_ARABIC_SHARE = 0.3

# Where both scripts stand in a message, the first of these tells which language its sentence is in. English
# words that titles are full of (the, of, in) are not among them.
_ENGLISH_GRAMMAR_WORDS = """
    i i'm im my me we you your how what what's where where's when which who why is are do does did can could
    will would should have has there need want looking please tell
"""
_ENGLISH_GRAMMAR = frozenset(_ENGLISH_GRAMMAR_WORDS.split())
_ARABIC_GRAMMAR_WORDS = """
    في من على الى إلى عن مع هل ما ماذا شو ايش كيف متى وين اين أين فين كم قديش ليش لماذا مين هذا هذه
    هاد هاي اللي الذي التي بدي اريد أريد ابغى أبغى ابي أبي عايز عاوز محتاج ممكن عندي عندكم لازم اذا
    إذا او أو ثم لو مش مو لا ال انا أنا بقدر اقدر أقدر كان كانت يا لي
"""
_ARABIC_GRAMMAR = frozenset(_ARABIC_GRAMMAR_WORDS.split())
_SIGNS = ".,;:!?؟،()\"'“”«»"
# Names that are typed without a capital in any language; what is not among them may be a change of language.
_NAMES_TYPED_SMALL = """
        jstor scopus proquest ebsco ebscohost pubmed medline embase cinahl psycinfo ieee springer
    springerlink elsevier     sciencedirect wiley sage emerald westlaw lexis statista web science
    almanhal manhal google scholar wikipedia     youtube chatgpt gpt zotero endnote mendeley refworks
    latex overleaf turnitin spss stata matlab sas nvivo adobe     photoshop acrobat office word excel
    onedrive teams zoom moodle blackboard eduroam wifi vpn wi-fi chrome firefox     safari edge opera
    windows mac macos android iphone ipad apa mla ieee chicago harvard vancouver isbn issn doi orcid
"""
_NAMES = frozenset(_NAMES_TYPED_SMALL.split())
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_LEAST_RUN = 3  # letters beside each other on the keyboard that nobody types to say something


def clean(text: str, limit: int) -> str:
    """Give the text without control characters and outer space, line ends made one kind.

    Raises MessageRefused: too_long past ``limit`` characters, empty where nothing is left.
    """
    if len(text) > limit:
        raise MessageRefused("too_long")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(_allowed(character) for character in lines)
    kept = unicodedata.normalize("NFC", kept).strip()
    if not any(character.isprintable() and not character.isspace() for character in kept):
        raise MessageRefused("empty")
    return kept


def _allowed(character: str) -> str:
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Co", "Cn"}:
        return " "
    return "" if category == "Cf" else character


def language_of(text: str, current: Language) -> Language:
    """Tell the language by the share of letters; ``current`` decides where the text does not.

    A word or two of Latin letters in an Arabic conversation is more often a name (JSTOR, APA 7)
    than a change of language, when it is written like one.
    """
    plain = " ".join(word for word in text.split() if not _is_address(word))
    arabic, latin = len(_ARABIC.findall(plain)), len(_LATIN.findall(plain))
    if arabic and latin and (sentence := _of_grammar(plain)) is not None:
        return sentence
    if arabic and arabic >= _ARABIC_SHARE * (arabic + latin):
        return Language.AR
    if latin < 2:
        return current
    words = [word for word in _WORD.findall(plain) if _LATIN.search(word)]
    if all(_meaningless(word) for word in words):
        return current
    named = any(not word.islower() for word in words) or re.search(r"\d", plain)
    if len(words) <= _MOST_LATIN_WORDS_OF_A_NAME and named:
        return current
    if len(words) <= _MOST_LATIN_WORDS_OF_A_NAME and all(w.strip(_SIGNS).lower() in _NAMES for w in words):
        return current
    return Language.EN


def _is_address(word: str) -> bool:
    """Whether a word is a web or e-mail address; its letters say nothing of the language around it."""
    name, at, place = word.partition("@")
    return word.lower().startswith(("http://", "https://", "www.")) or bool(name and at and "." in place[1:])


def _of_grammar(text: str) -> Language | None:
    """Tell the language of a mixed message by its first word of grammar; None where it has none."""
    for found in _WORD.findall(text):
        word = found.strip(_SIGNS).lower()
        if word in _ENGLISH_GRAMMAR:
            return Language.EN
        if word in _ARABIC_GRAMMAR or word.removeprefix("و") in _ARABIC_GRAMMAR:
            return Language.AR
    return None


def says_nothing(text: str) -> bool:
    """Whether a text has no word in it that means anything: signs, or fingers on a keyboard."""
    words = [word for word in _WORD.findall(text) if any(letter.isalnum() for letter in word)]
    return all(
        bool(_LATIN.search(word)) and not _ARABIC.search(word) and _meaningless(word) for word in words
    )


def _meaningless(word: str) -> bool:
    """Whether a word is what fingers do on a keyboard (“asdf”, “jkl”), and so no sign of a language."""
    letters = "".join(_LATIN.findall(word)).lower()
    if len(letters) < _LEAST_RUN:
        return False
    return not _VOWEL.search(letters) or _keys_in_a_row(letters)


def _keys_in_a_row(letters: str) -> bool:
    """Whether letters are nothing but runs of neighbouring keys, to the right or to the left."""
    at = 0
    while at < len(letters):
        run = max(_run(letters[at:], row) for keys in _KEYS for row in (keys, keys[::-1]))
        if run < _LEAST_RUN:
            return False
        at += run
    return True


def _run(letters: str, keys: str) -> int:
    """Count the letters at the beginning that follow each other on a row of keys."""
    start = keys.find(letters[0])
    if start < 0:
        return 0
    count = 1
    while count < len(letters) and letters[count] == keys[start + count : start + count + 1]:
        count += 1
    return count
