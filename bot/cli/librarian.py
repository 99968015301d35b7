"""``dalil librarian``: accounts of the people who answer."""

from __future__ import annotations

import re
import secrets
import sys
from typing import Annotated

import typer

from bot.accounts import hash_password
from bot.cli.common import JsonOption, console, fail, print_json, store
from bot.clock import utc_now
from bot.model import Language, Librarian, LibrarianId, Presence, Role
from bot.store.store import Store

app = typer.Typer(help="Accounts of the librarians on the desk.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Short id, as in librarians.yml, for example layla-haddad.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


Slack = Annotated[
    str | None, typer.Option(help="The member ID on Slack, as in: profile, ⋮, Copy member ID (U0123ABCD).")
]
Telegram = Annotated[
    str | None, typer.Option(help="The number on Telegram: /desk in the librarians' group says one's own.")
]


@app.command()
def add(
    id: Id,
    email: Annotated[str, typer.Option(help="The e-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="The name that patrons see.")],
    subjects: Annotated[str, typer.Option(help="Ids of subjects, separated by commas.")] = "",
    languages: Annotated[str, typer.Option(help="en, ar, or both.")] = "en,ar",
    role: Annotated[Role, typer.Option(help="staff look on, librarians answer, admins look after.")] = (
        Role.LIBRARIAN
    ),
    slack: Slack = None,
    telegram: Telegram = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Make an account. Without --password-stdin a password is made and shown once."""
    if "@" not in email or len(email) > 254:
        fail(f"--email: {email!r} is not an e-mail address")
    unknown = [code for code in _listed(languages) if code not in set(Language)]
    if unknown:
        fail(f"--languages: {unknown[0]!r} is not known; use en, ar or both")
    _check_links(slack, telegram)
    password, made = _password(password_stdin)
    person = Librarian(
        LibrarianId(id),
        name,
        email,
        tuple(Language(code) for code in _listed(languages)),
        tuple(_listed(subjects)),
        role=role,
    )
    with store() as opened:
        opened.librarians.add(person, hash_password(password), utc_now())
        _link(opened, person.id, slack, telegram)
    shown = f" with the password {password}" if made else ""
    console.print(f"{name} can sign in as {email.lower()}{shown}", markup=False, soft_wrap=True)


@app.command()
def link(id: Id, slack: Slack = None, telegram: Telegram = None) -> None:
    """Say who a librarian is on Slack or Telegram: only linked librarians can act there. "-" unlinks."""
    if slack is None and telegram is None:
        fail("say who: --slack U0123ABCD, --telegram 123456789, or both")
    _check_links(slack, telegram)
    with store() as opened:
        if opened.librarians.get(LibrarianId(id)) is None:
            fail(f"there is no account {id!r}; see: dalil librarian list")
        _link(opened, LibrarianId(id), slack, telegram)
        linked = [
            f"{network} {identity}" for who, network, identity in opened.librarians.links() if who == id
        ]
    console.print(f"{id} is linked to: {', '.join(linked) or 'nothing'}", markup=False, soft_wrap=True)


@app.command("list")
def list_accounts(as_json: bool = JsonOption) -> None:
    """Show the accounts."""
    with store() as opened:
        people = opened.librarians.every()
    if as_json:
        print_json(
            [
                {"id": p.id, "name": p.name, "email": p.email, "role": p.role.value, "disabled": p.disabled}
                for p in people
            ]
        )
        return
    if not people:
        console.print("No accounts yet. Make one with: dalil librarian add")
    for person in people:
        print(
            f"{person.id:24} {person.name:28} {person.role.value:10} {person.email}"
            + ("  (disabled)" if person.disabled else "")
        )


@app.command()
def disable(id: Id) -> None:
    """Shut an account: whoever has it is signed out at once."""
    with store() as opened:
        if not opened.librarians.disable(LibrarianId(id)):
            fail(f"there is no account {id!r}; see: dalil librarian list")
    console.print(f"{id} is disabled")


@app.command()
def enable(id: Id) -> None:
    """Open a disabled account again."""
    with store() as opened:
        if not opened.librarians.disable(LibrarianId(id), disabled=False):
            fail(f"there is no account {id!r}; see: dalil librarian list")
    console.print(f"{id} is enabled")


@app.command()
def role(id: Id, role: Annotated[Role, typer.Argument(help="staff, librarian or admin")]) -> None:
    """Change what an account may do."""
    with store() as opened:
        found = opened.librarians.get(LibrarianId(id))
        if found is None:
            fail(f"there is no account {id!r}; see: dalil librarian list")
        opened.librarians.change(
            found.id,
            name=found.name,
            email=found.email,
            languages=found.languages,
            subjects=found.subjects,
            role=role,
            capacity=found.capacity,
        )
    console.print(f"{id} is {role.value} now")


@app.command("sign-out")
def sign_out(id: Id) -> None:
    """End all sign-ins of an account, in every browser."""
    with store() as opened:
        if opened.librarians.get(LibrarianId(id)) is None:
            fail(f"there is no account {id!r}; see: dalil librarian list")
        ended = opened.sign_ins.end_all(LibrarianId(id))
        opened.librarians.set_presence(LibrarianId(id), Presence.OFFLINE, utc_now())
    console.print(f"{id} is signed out ({ended} sign-ins ended)")


@app.command()
def password(id: Id, password_stdin: PasswordStdin = False) -> None:
    """Give an account a new password, lift a lock, and end its sign-ins."""
    new, made = _password(password_stdin)
    with store() as opened:
        found = opened.librarians.get(LibrarianId(id))
        if found is None or not opened.librarians.set_password(found.id, hash_password(new)):
            fail(f"there is no account {id!r}; see: dalil librarian list")
        opened.sign_ins.succeeded(found.email)
        opened.sign_ins.end_all(found.id)
    console.print(f"{id} has a new password" + (f": {new}" if made else ""), markup=False, soft_wrap=True)


def _check_links(slack: str | None, telegram: str | None) -> None:
    if slack is not None and slack != "-" and not re.fullmatch(r"[UW][A-Z0-9]{5,20}", slack):
        fail(f"--slack: {slack!r} is not a member ID; it begins with U or W")
    if telegram is not None and telegram != "-" and not re.fullmatch(r"[1-9][0-9]{3,15}", telegram):
        fail(f"--telegram: {telegram!r} is not a person's number on Telegram")


def _link(opened: Store, id: LibrarianId, slack: str | None, telegram: str | None) -> None:
    for network, identity in (("slack", slack), ("telegram", telegram)):
        if identity == "-":
            opened.librarians.unlink(id, network)
        elif identity is not None:
            opened.librarians.link(id, network, identity)


def _password(from_stdin: bool) -> tuple[str, bool]:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n"), False
    return secrets.token_urlsafe(12), True


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
