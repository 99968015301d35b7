"""``dalil ask``: one question through the whole way, as a patron would ask it."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.common import JsonOption, fail, plain_errors, print_json, settings
from bot.cli.rest_client import RestClient
from bot.cli.running import running


def ask(
    question: Annotated[str, typer.Argument(help="What a patron might ask, in English or Arabic.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show why: topics, passages, scores, thresholds.")
    ] = False,
    as_json: bool = JsonOption,
) -> None:
    """Ask one question and show the answer with its sources.

    Uses the running Dalil; where none runs, one is started for this question.
    """
    found = settings()
    with (
        plain_errors(),
        running(found, "for this question") as (url, key),
        RestClient.open(url, key) as client,
    ):
        messages = client.ask(question).messages
    why = None
    if explain:
        from bot.cli.explain import explain as explained
        from bot.cli.explain import in_words

        with plain_errors():
            why = explained(found, question)
    if as_json:
        print_json({"messages": messages, "why": why} if why else messages)
        return
    if not messages:
        fail("nothing was answered in time")
    for message in messages:
        print(message.get("text", ""))
        for source in (message.get("custom") or {}).get("citations", []):
            print(f"    {source['title']}: {source['url']}")
        for button in message.get("buttons", []):
            print(f"    [{button['title']}]")
    if why:
        print("\n".join(["", "Why", "---", *in_words(why)]))
