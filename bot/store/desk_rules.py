"""What a library sets for its desk: rules, and days with other hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time

from sqlalchemy import Engine, delete, insert, select

from bot.errors import Rejected
from bot.model import DeskRules
from bot.store import tables as t
from bot.store.database import reading

BOUNDS: Mapping[str, tuple[int, int]] = {  # what makes sense, both included
    "referral_seconds": (20, 3600),
    "claim_lost_seconds": (60, 3600),
    "away_minutes": (1, 240),
    "capacity": (1, 50),
}
Span = tuple[time, time]
MOST_SPANS = 6


@dataclass(frozen=True, slots=True)
class DeskDay:
    """One day's own hours, in the library's time zone; no spans: closed."""

    day: date
    spans: tuple[Span, ...]
    reason: str = ""


class DeskStore:
    """Rules and days."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def rules(self) -> DeskRules:
        """Give the rules in force: what was set, else the defaults."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(t.desk_settings.c.name, t.desk_settings.c.value)).all()
        known = {field.name for field in fields(DeskRules)}
        return DeskRules(**{row.name: int(row.value) for row in rows if row.name in known})

    def set_rules(self, rules: DeskRules, now: datetime) -> None:
        """Set all rules. Raises Rejected where one is out of bounds."""
        values = asdict(rules)
        for name, value in values.items():
            least, most = BOUNDS[name]
            if not least <= value <= most:
                raise Rejected("out_of_bounds", field=name, least=least, most=most)
        with self._engine.begin() as connection:
            connection.execute(delete(t.desk_settings))
            for name, value in values.items():
                connection.execute(insert(t.desk_settings).values(name=name, value=value, changed_at=now))

    def days(self, since: date | None = None) -> Sequence[DeskDay]:
        """Give the days that have hours of their own, from ``since`` on, in order."""
        query = select(t.desk_days).order_by(t.desk_days.c.day)
        if since:
            query = query.where(t.desk_days.c.day >= since.isoformat())
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            DeskDay(date.fromisoformat(row.day), tuple(_span(one) for one in row.spans), row.reason)
            for row in rows
        ]

    def set_day(self, day: DeskDay) -> None:
        """Give a day hours of its own; what it had before is replaced. Raises Rejected."""
        check_spans(day.spans)
        with self._engine.begin() as connection:
            connection.execute(delete(t.desk_days).where(t.desk_days.c.day == day.day.isoformat()))
            connection.execute(
                insert(t.desk_days).values(
                    day=day.day.isoformat(),
                    spans=[[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in day.spans],
                    reason=day.reason[:200],
                )
            )

    def clear_day(self, day: date) -> bool:
        """Let a day have the knowledge base's hours again; False where it had no others."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(t.desk_days).where(t.desk_days.c.day == day.isoformat()))
        return gone.rowcount == 1


def parse_spans(text: str) -> tuple[Span, ...]:
    """Read ``09:00-12:30, 14:00-17:00``; an empty text is a closed day. Raises Rejected."""
    spans = []
    for part in text.replace("،", ",").replace("–", "-").split(","):
        if not part.strip():
            continue
        try:
            start, end = (time.fromisoformat(one.strip().rjust(5, "0")) for one in part.split("-"))
        except ValueError:
            raise Rejected("bad_hours", text=part.strip()[:40]) from None
        spans.append((start, end))
    check_spans(tuple(spans))
    return tuple(spans)


def check_spans(spans: Sequence[Span]) -> None:
    """Raise Rejected unless the spans follow one another, each with its start before its end."""
    last: time | None = None
    for start, end in spans:
        if start >= end or (last is not None and start < last):
            raise Rejected("bad_hours", text=f"{start:%H:%M}-{end:%H:%M}")
        last = end
    if len(spans) > MOST_SPANS:
        raise Rejected("bad_hours", text=f"> {MOST_SPANS}")


def _span(pair: Sequence[str]) -> Span:
    return time.fromisoformat(pair[0]), time.fromisoformat(pair[1])
