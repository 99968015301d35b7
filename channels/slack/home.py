"""The app's home in Slack: who Dalil is and what patrons can do, in both languages."""

from __future__ import annotations

from bot.model import Json, Language, Wish
from channels.slack.blocks import actions, button, plain_text
from channels.slack.texts import say

FORGET = "home:forget"
WISH = "home:wish:"


def home_view(library: dict[Language, str]) -> Json:
    """Give the view; ``library`` is the library's name."""
    blocks: list[Json] = []
    for language in (Language.EN, Language.AR):
        if blocks:
            blocks.append({"type": "divider"})
        blocks.append({"type": "header", "text": plain_text(library[language][:150])})
        blocks.append({"type": "section", "text": plain_text(say("home", language))})
        blocks += actions(_buttons(language), f"home-{language.value}")
    return {"type": "home", "blocks": blocks}


def _buttons(language: Language) -> list[Json]:
    forget = button(say("forget", language), f"{FORGET}:{language.value}", language.value, "danger")
    forget["confirm"] = {
        "title": plain_text(say("forget_title", language)),
        "text": plain_text(say("forget_ask", language)),
        "confirm": plain_text(say("forget_yes", language)),
        "deny": plain_text(say("forget_no", language)),
    }
    wishes = [
        button(say(wish.value, language), f"{WISH}{wish.value}:{language.value}", language.value)
        for wish in (Wish.PERSON, Wish.HELP, Wish.CONSENT)
    ]
    return [*wishes, forget]
