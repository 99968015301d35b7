"""``dalil desk``: the desk's rules and hours; the same as its page for admins."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Annotated

import typer

from bot.cli.common import JsonOption, console, fail, print_json, store
from bot.clock import utc_now
from bot.desk_accounts import spans_text
from bot.errors import Rejected
from bot.model import DeskRules
from bot.store.desk_rules import BOUNDS, DeskDay, parse_spans

app = typer.Typer(help="The desk's rules and its hours on certain days.", no_args_is_help=True)

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, as 2026-12-31.")]


@app.command()
def show(as_json: bool = JsonOption) -> None:
    """Show the rules, and the coming days with hours of their own."""
    with store() as opened:
        rules, days = opened.desk_rules.rules(), opened.desk_rules.days(utc_now().date())
    shown = [{"day": d.day.isoformat(), "hours": spans_text(d), "reason": d.reason} for d in days]
    if as_json:
        print_json({**asdict(rules), "days": shown})
        return
    for name, value in asdict(rules).items():
        print(f"{name:22} {value:6}   ({BOUNDS[name][0]} to {BOUNDS[name][1]})")
    for day in shown:
        print(f"{day['day']}  {day['hours'] or 'closed':24} {day['reason']}")


@app.command("set")
def set_rule(
    name: Annotated[str, typer.Argument(help="A rule, as `dalil desk show` names it.")],
    value: Annotated[int, typer.Argument(help="Its new value.")],
) -> None:
    """Set one rule."""
    if name not in {field.name for field in fields(DeskRules)}:
        fail(f"there is no rule {name!r}; see: dalil desk show")
    with store() as opened:
        try:
            opened.desk_rules.set_rules(replace(opened.desk_rules.rules(), **{name: value}), utc_now())
        except Rejected:
            fail(f"{name}: {value} is not between {BOUNDS[name][0]} and {BOUNDS[name][1]}")
    console.print(f"{name} is {value} now")


@app.command()
def day(
    day: Day,
    hours: Annotated[str, typer.Argument(help="As 09:00-12:30,14:00-17:00; closed; or usual.")],
    reason: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
) -> None:
    """Give a day hours of its own, or its usual ones back."""
    with store() as opened:
        if hours == "usual":
            if not opened.desk_rules.clear_day(day.date()):
                fail(f"{day:%Y-%m-%d} has its usual hours")
        else:
            try:
                spans = () if hours == "closed" else parse_spans(hours)
                opened.desk_rules.set_day(DeskDay(day.date(), spans, reason))
            except Rejected as error:
                fail(f"{error.values.get('text', hours)!r}: hours are written as 09:00-12:30,14:00-17:00")
    console.print(f"{day:%Y-%m-%d}: {hours}")
