"""Sign-ins, accounts, rules and hours of the desk."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from bot.accounts import authenticate, hash_password, matches
from bot.desk_ground import Ground
from bot.errors import Rejected
from bot.model import DeskRules, Librarian, LibrarianId, Presence, Role
from bot.store.desk_rules import BOUNDS, DeskDay, parse_spans

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


class Accounts(Ground):
    """Who may come in, and what admins look after."""

    async def authenticate(self, email: str, password: str) -> Librarian:
        """Check a sign-in. Raises LockedOut or SignInRefused."""
        store = self._store
        return await asyncio.to_thread(
            authenticate, store.librarians, store.sign_ins, email, password, self._clock
        )

    async def begin_sign_in(self, key: str, librarian: LibrarianId, seconds: int) -> None:
        """Let a key stand for a librarian for so long."""
        now = self._clock()
        ends = now + timedelta(seconds=seconds)
        await asyncio.to_thread(self._store.sign_ins.begin, key, librarian, now, ends)

    async def signed_in(self, key: str) -> Librarian | None:
        """Give whom a key stands for."""
        return await asyncio.to_thread(self._store.sign_ins.librarian, key, self._clock())

    async def end_sign_in(self, key: str) -> None:
        """Let a key hold no more; its librarian is off the desk until another page says otherwise."""
        who = await self.signed_in(key)
        await asyncio.to_thread(self._store.sign_ins.end, key)
        if who:
            await self._go(who.id)

    async def end_sign_ins(self, librarian: LibrarianId) -> int:
        """End all sign-ins of a librarian; give how many there were."""
        count = await asyncio.to_thread(self._store.sign_ins.end_all, librarian)
        await self._go(librarian)
        return count

    async def change_password(self, librarian: LibrarianId, old: str, new: str, key: str | None) -> None:
        """Change one's own password. Raises LockedOut after several wrong ones, Rejected."""
        who = await self._account(librarian)
        store = self._store
        account = await asyncio.to_thread(store.librarians.account, who.email)
        await self.authenticate(who.email, old)
        if account is not None:
            same: bool = await asyncio.to_thread(matches, account, new)
            if same:
                raise Rejected("same_password")
        hashed = await asyncio.to_thread(hash_password, new)
        await asyncio.to_thread(store.librarians.set_password, librarian, hashed)
        await asyncio.to_thread(store.sign_ins.end_all, librarian, key)

    async def set_capacity(self, librarian: LibrarianId, capacity: int | None) -> None:
        """Say how many handoffs at once are enough. Raises Rejected."""
        await self._account(librarian)
        _check_capacity(capacity)
        await asyncio.to_thread(self._store.librarians.set_capacity, librarian, capacity)
        await self._told.presence()

    async def rules(self) -> DeskRules:
        """Give what the library has set for its desk."""
        return await asyncio.to_thread(self._store.desk_rules.rules)

    async def accounts(self, admin: LibrarianId) -> Sequence[Librarian]:
        """Give all accounts, by name. Raises NotAllowed."""
        await self._admin(admin)
        return await asyncio.to_thread(self._store.librarians.every)

    async def add_account(self, admin: LibrarianId, account: Librarian) -> str:
        """Make an account; give its first password. Raises NotAllowed, Rejected."""
        await self._admin(admin)
        if not _ID.fullmatch(account.id) or len(account.id) > 64:
            raise Rejected("bad_id")
        check_account(account)
        password = secrets.token_urlsafe(12)
        hashed = await asyncio.to_thread(hash_password, password)
        await asyncio.to_thread(self._store.librarians.add, account, hashed, self._clock())
        await self._told.presence()
        return password

    async def change_account(self, admin: LibrarianId, account: Librarian) -> None:
        """Change an account; a disabled one is signed out. Raises NotAllowed, Rejected."""
        await self._admin(admin)
        check_account(account)
        await asyncio.to_thread(self._change_account, account)
        if account.disabled:
            await self.end_sign_ins(account.id)
        await self._told.presence()

    async def reset_password(self, admin: LibrarianId, librarian: LibrarianId) -> str:
        """Give an account a new password. Raises NotAllowed, Rejected."""
        await self._admin(admin)
        found = await asyncio.to_thread(self._store.librarians.get, librarian)
        if found is None:
            raise Rejected("no_account")
        password = secrets.token_urlsafe(12)
        hashed = await asyncio.to_thread(hash_password, password)
        await asyncio.to_thread(self._store.librarians.set_password, librarian, hashed)
        await asyncio.to_thread(self._store.sign_ins.succeeded, found.email)
        await self.end_sign_ins(librarian)
        return password

    async def set_rules(self, admin: LibrarianId, rules: DeskRules) -> None:
        """Set the desk's rules. Raises NotAllowed, Rejected."""
        await self._admin(admin)
        await asyncio.to_thread(self._store.desk_rules.set_rules, rules, self._clock())
        await self._told.presence()

    async def desk_days(self, admin: LibrarianId) -> Sequence[tuple[date, str, str]]:
        """Give the coming days with hours of their own. Raises NotAllowed."""
        await self._admin(admin)
        yesterday = (self._clock() - timedelta(days=1)).date()
        days = await asyncio.to_thread(self._store.desk_rules.days, yesterday)
        return [(one.day, spans_text(one), one.reason) for one in days]

    async def set_desk_day(self, admin: LibrarianId, day: date, hours: str, reason: str) -> None:
        """Give a day hours of its own. Raises NotAllowed, Rejected."""
        await self._admin(admin)
        one = DeskDay(day, parse_spans(hours), reason.strip())
        await asyncio.to_thread(self._store.desk_rules.set_day, one)

    async def clear_desk_day(self, admin: LibrarianId, day: date) -> None:
        """Let a day have the knowledge base's hours again. Raises NotAllowed."""
        await self._admin(admin)
        await asyncio.to_thread(self._store.desk_rules.clear_day, day)

    def _change_account(self, account: Librarian) -> None:
        librarians = self._store.librarians
        every = librarians.every()
        if account.id not in {one.id for one in every}:
            raise Rejected("no_account")
        kept = [account if one.id == account.id else one for one in every]
        if not any(one.role is Role.ADMIN and not one.disabled for one in kept):
            raise Rejected("last_admin")
        librarians.change(
            account.id,
            name=account.name,
            email=account.email,
            languages=account.languages,
            subjects=account.subjects,
            role=account.role,
            capacity=account.capacity,
        )
        before = next(one for one in every if one.id == account.id)
        if before.disabled is not account.disabled:
            librarians.disable(account.id, account.disabled)

    async def _go(self, librarian: LibrarianId) -> None:
        now = self._clock()
        await asyncio.to_thread(self._store.librarians.set_presence, librarian, Presence.OFFLINE, now)
        await self._told.presence()


def check_account(account: Librarian) -> None:
    """Raise Rejected, with a code that says which field is wrong, where an account is not one."""
    if not account.name.strip() or len(account.name) > 200:
        raise Rejected("bad_name")
    if not _EMAIL.fullmatch(account.email) or len(account.email) > 254:
        raise Rejected("bad_email")
    if not account.languages:
        raise Rejected("no_language")
    _check_capacity(account.capacity)


def spans_text(day: DeskDay) -> str:
    """Write a day's hours as people do; empty: closed."""
    return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in day.spans)


def _check_capacity(capacity: int | None) -> None:
    least, most = BOUNDS["capacity"]
    if capacity is not None and not least <= capacity <= most:
        raise Rejected("out_of_bounds", field="capacity", least=least, most=most)
