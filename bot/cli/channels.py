"""``dalil channels``: whether Telegram and Slack are set up."""

from __future__ import annotations

import asyncio

import typer

from bot.cli.common import JsonOption, console, print_json, settings, store
from bot.secret_keys import secret_keys
from bot.settings import Settings
from channels.findings import Finding

HOW = {
    "telegram": (
        "make accounts with dalil librarian add; each writes /desk in the group and is answered with a "
        "number; then "
        "dalil librarian link layla-haddad --telegram NUMBER"
    ),
    "slack": (
        "make accounts with dalil librarian add; copy the member ID from each profile (⋮); "
        "then dalil librarian link layla-haddad --slack MEMBER-ID"
    ),
}

app = typer.Typer(help="Telegram and Slack: whether they are set up.", no_args_is_help=True)


@app.callback()
def channels() -> None:
    """Keep ``check`` a command of its own, for there may be others."""


@app.command()
def check(as_json: bool = JsonOption) -> None:
    """Call Telegram and Slack with the tokens of the settings, and say in words what is missing."""
    set_up = settings()
    found = asyncio.run(_checked(set_up))
    links = _links(set_up)
    for network, named in links.items():
        if network in found:
            found[network].append(named)
    if as_json:
        print_json({name: [{"ok": f.ok, "text": f.text} for f in each] for name, each in found.items()})
    elif not found:
        console.print("Neither Telegram nor Slack is set up; see docs/telegram.md and docs/slack.md.")
    for name, each in ({} if as_json else found).items():
        console.print(f"{name.capitalize()}", style="bold")
        for finding in each:
            mark, style = ("✓", "green") if finding.ok else ("✗", "red")
            console.print(f"  {mark} {finding.text}", style=style, markup=False, soft_wrap=True)
    if any(not finding.ok for each in found.values() for finding in each):
        raise typer.Exit(1)


async def _checked(set_up: Settings) -> dict[str, list[Finding]]:
    # Not above: the networks' libraries take their time, and no other command wants them.
    from bot.networks import bot_of, slack_app_of
    from channels.slack.check import check as check_slack
    from channels.telegram.check import check as check_telegram

    keys = secret_keys(set_up)
    found = _half_set(set_up)
    if set_up.telegram_token:
        found["telegram"] = await check_telegram(bot_of(set_up, keys))
    if set_up.slack_bot_token:
        found["slack"] = await check_slack(slack_app_of(set_up, keys))
    return found


def _half_set(set_up: Settings) -> dict[str, list[Finding]]:
    """Say which network is off although something of it is set."""
    slack = set_up.slack_app_token or set_up.slack_signing_secret or set_up.slack_desk_channel
    found = {}
    if set_up.telegram_desk_group and not set_up.telegram_token:
        found["telegram"] = [Finding(False, "DALIL_TELEGRAM_TOKEN is missing, so Telegram is off.")]
    if slack and not set_up.slack_bot_token:
        text = "DALIL_SLACK_BOT_TOKEN is missing (“OAuth & Permissions”, xoxb-…), so Slack is off."
        found["slack"] = [Finding(False, text)]
    return found


def _links(set_up: Settings) -> dict[str, Finding]:
    """Say who may act on the desks there."""
    wanted = {"telegram": set_up.telegram_desk_group, "slack": set_up.slack_desk_channel}
    with store() as opened:
        linked = opened.librarians.links()
    told = {}
    for network, where in wanted.items():
        if where:
            who = sorted(str(librarian) for librarian, on, _ in linked if on == network)
            text = f"Librarians who can act there: {', '.join(who)}"
            nobody = f"No librarian is linked yet, so nobody can act there: {HOW[network]}"
            told[network] = Finding(bool(who), text if who else nobody)
    return told
