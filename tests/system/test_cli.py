"""Every command of ``dalil``: its help, and what it is for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from bot.accounts import authenticate
from bot.cli.main import ENTRIES, app
from bot.clock import utc_now
from bot.errors import SignInRefused
from bot.model import Address, Content, Kind, Language, Librarian, LibrarianId, Packet, Role
from bot.settings import ROOT
from bot.store.arrivals import Arriving
from bot.store.store import Store
from bot.store.turns import Turn
from tests.system.processes import free_ports
from tests.system.system import System, environment

COMMANDS: Sequence[tuple[list[str], str]] = (
    ([], "library's assistant"),
    (["run"], "until Ctrl-C"),
    (["serve"], "gateway alone"),
    (["train"], "model"),
    (["ask"], "QUESTION"),
    (["kb"], "check"),
    (["kb", "check"], "--questions"),
    (["kb", "build"], "index"),
    (["kb", "search"], "--count"),
    (["kb", "import"], "--dry-run"),
    (["eval"], "topics"),
    (["eval", "answers"], "--questions"),
    (["eval", "topics"], "{id, question, topic}"),
    (["eval", "intents"], "--oos"),
    (["learn"], "personal data"),
    (["librarian"], "disable"),
    (["librarian", "add"], "--password-stdin"),
    (["librarian", "list"], "accounts"),
    (["librarian", "disable"], "signed out"),
    (["librarian", "enable"], "again"),
    (["librarian", "password"], "password"),
    (["librarian", "role"], "admin"),
    (["librarian", "sign-out"], "browser"),
    (["desk"], "rules"),
    (["desk", "show"], "hours"),
    (["desk", "set"], "value"),
    (["desk", "day"], "usual"),
    (["channels"], "Telegram"),
    (["channels", "check"], "what is missing"),
    (["handoffs"], "--days"),
    (["export"], "one JSON object a line"),
)
PASSWORD = "a long password for tests"

Run = Callable[..., Result]
_OF_OTHERS = ("hours", "locations", "databases")  # tables that are only true of one library


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    first, second = free_ports(2)
    made = environment(tmp_path / "var", (first, second))
    for name, value in made.items():
        if name.startswith("DALIL_"):
            monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def run(env: dict[str, str]) -> Run:
    """Run a command here; gives what it printed and its status."""

    def run(*arguments: str, given: str | None = None) -> Result:
        done = CliRunner().invoke(app, list(arguments), input=given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def store(env: dict[str, str]) -> Store:
    return Store.open(env["DALIL_DATABASE_URL"], desks=["desk"])


@pytest.mark.parametrize(("command", "tells"), COMMANDS, ids=[" ".join(c) or "dalil" for c, _ in COMMANDS])
def test_help(run: Run, command: list[str], tells: str) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0 and "Usage:" in done.stdout
    assert tells.lower() in " ".join(done.stdout.lower().split())


def test_every_command_is_in_the_list_above() -> None:
    assert set(ENTRIES) == {command[0] for command, _ in COMMANDS if command}


def test_help_loads_no_command() -> None:
    look = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from bot.cli.main import ENTRIES, app\n"
        "shown = CliRunner().invoke(app, ['--help']).stdout\n"
        "assert all(entry.about in shown for entry in ENTRIES.values()), shown\n"
        "loaded = {entry.module for entry in ENTRIES.values()} | {'sqlalchemy', 'numpy', 'httpx'}\n"
        "sys.exit(', '.join(sorted(loaded & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_a_misspelt_command_is_met_with_its_likely_name(run: Run) -> None:
    done = run("handofs")
    assert done.exit_code == 2 and "Did you mean 'handoffs'?" in done.output


# Librarians


def add(run: Run, id_: str = "layla", **more: str) -> Result:
    options = {"email": f"{id_}@Library.example", "name": "Layla Haddad", **more}
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    return run("librarian", "add", id_, *given, "--password-stdin", given=f"{PASSWORD}\n")


def signs_in(store: Store, email: str, password: str) -> bool:
    try:
        authenticate(store.librarians, store.sign_ins, email, password, utc_now)
    except SignInRefused:
        return False
    return True


def test_accounts_from_making_to_shutting(run: Run, store: Store) -> None:
    assert "dalil librarian add" in run("librarian", "list").stderr
    done = add(run, subjects="biology, law", languages="ar")
    assert done.exit_code == 0 and "layla@library.example" in done.stderr and PASSWORD not in done.output
    (person,) = store.librarians.every()
    assert (person.subjects, person.languages) == (("biology", "law"), (Language.AR,))
    assert signs_in(store, "layla@library.example", PASSWORD)

    listed = json.loads(run("librarian", "list", "--json").stdout)
    assert listed == [
        {
            "id": "layla",
            "name": "Layla Haddad",
            "email": "layla@library.example",
            "role": "librarian",
            "disabled": False,
        }
    ]
    assert run("librarian", "disable", "layla").exit_code == 0
    assert "(disabled)" in run("librarian", "list").stdout
    assert not signs_in(store, "layla@library.example", PASSWORD)
    assert run("librarian", "enable", "layla").exit_code == 0
    assert signs_in(store, "layla@library.example", PASSWORD)

    done = run("librarian", "password", "layla")
    made = done.stderr.split()[-1]
    assert len(made) >= 12 and not signs_in(store, "layla@library.example", PASSWORD)
    assert signs_in(store, "layla@library.example", made)


def test_roles_and_signing_out_everywhere(run: Run, store: Store) -> None:
    add(run, role="staff")
    assert run("librarian", "role", "layla", "admin").exit_code == 0
    (person,) = store.librarians.every()
    assert person.role is Role.ADMIN
    store.sign_ins.begin("a key", person.id, utc_now(), utc_now() + timedelta(hours=1))
    assert "1 sign-ins ended" in run("librarian", "sign-out", "layla").stderr
    assert store.sign_ins.librarian("a key", utc_now()) is None
    for command in (("role", "nobody", "staff"), ("sign-out", "nobody")):
        assert run("librarian", *command).exit_code == 1


def test_rules_and_hours_of_the_desk(run: Run, store: Store) -> None:
    assert run("desk", "set", "capacity", "2").exit_code == 0
    assert store.desk_rules.rules().capacity == 2
    assert "not between 1 and 50" in run("desk", "set", "capacity", "99").stderr
    assert "no rule 'speed'" in run("desk", "set", "speed", "9").stderr
    assert run("desk", "day", "2099-12-24", "09:00-12:00", "--reason", "Short day").exit_code == 0
    shown = json.loads(run("desk", "show", "--json").stdout)
    assert shown["days"] == [{"day": "2099-12-24", "hours": "09:00-12:00", "reason": "Short day"}]
    assert "hours are written as" in run("desk", "day", "2099-12-24", "morning").stderr
    assert run("desk", "day", "2099-12-24", "closed").exit_code == 0
    assert "closed" in run("desk", "show").stdout
    assert run("desk", "day", "2099-12-24", "usual").exit_code == 0
    assert run("desk", "day", "2099-12-24", "usual").exit_code == 1


def test_without_a_password_one_is_made_and_shown(run: Run, store: Store) -> None:
    done = run("librarian", "add", "omar", "--email", "omar@library.example", "--name", "عمر نصّار")
    assert done.exit_code == 0 and "عمر نصّار" in done.stderr
    assert signs_in(store, "omar@library.example", done.stderr.split()[-1])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"email": "nobody"}, "'nobody' is not an e-mail address"),
        ({"languages": "en,fr"}, "'fr' is not known"),
    ],
)
def test_a_wrong_account_is_refused(run: Run, store: Store, arguments: dict[str, str], why: str) -> None:
    done = add(run, **arguments)
    assert done.exit_code == 1 and why in done.stderr and not store.librarians.every()


def test_no_second_account_no_short_password_no_unknown_account(run: Run) -> None:
    add(run)
    done = add(run)
    assert done.exit_code == 1 and "has an account already" in done.stderr
    done = run("librarian", "password", "layla", "--password-stdin", given="short\n")
    assert done.exit_code == 1 and "10 to 200 characters" in done.stderr
    for command in ("disable", "enable", "password"):
        done = run("librarian", command, "nobody")
        assert done.exit_code == 1 and "dalil librarian list" in done.stderr


# What is kept


@pytest.fixture
def kept(store: Store) -> Store:
    """A conversation with an answer that was rated and a handoff that waits."""
    now = datetime.now(UTC)
    here = Address("web", "a-secret-address")
    layla = Librarian(LibrarianId("layla"), "Layla Haddad", "layla@library.example")
    store.librarians.add(layla, "no hash", now)
    said = store.arrivals.accept(Arriving(here, "أريد التحدث مع شخص", Language.AR, "1"), now).message
    lease = store.conversations.lease(said.conversation, "test", now, 30)
    assert lease is not None
    waiting = store.conversations.next_waiting(lease)
    assert waiting is not None
    packet = Packet("أريد التحدث مع شخص", "asked", topic="renewal")
    answer = (Content("حسنًا", Kind.NOTICE, event="waiting"),)
    store.turns.commit(lease, waiting, Turn(say=answer, open=packet), now)
    return store


def test_handoffs(run: Run, kept: Store) -> None:
    (row,) = json.loads(run("handoffs", "--json").stdout)
    assert (row["state"], row["language"], row["channel"], row["librarian"]) == ("waiting", "ar", "web", None)
    shown = run("handoffs").stdout
    assert row["id"] in shown and "waiting" in shown and "renewal" in shown


def test_handoffs_where_nobody_waits(run: Run, store: Store) -> None:
    assert run("handoffs", "--json").stdout.strip() == "[]"
    assert "Nobody waits" in run("handoffs").stderr


def test_export(run: Run, kept: Store) -> None:
    lines = [json.loads(line) for line in run("export", "messages").stdout.splitlines()]
    assert [(row["seq"], row["speaker"]) for row in lines] == [(1, "patron"), (2, "assistant")]
    assert lines[0]["content"]["text"] == "أريد التحدث مع شخص"
    assert "a-secret-address" not in run("export", "messages").stdout
    (handoff,) = (json.loads(line) for line in run("export", "handoffs", "--days", "1").stdout.splitlines())
    assert handoff["packet"]["question"] == "أريد التحدث مع شخص"
    assert run("export", "ratings").stdout == ""
    assert run("export", "everything").exit_code == 2


# The knowledge base


def test_kb_check_of_our_own_files_and_of_broken_ones(run: Run, tmp_path: Path) -> None:
    done = run("kb", "check", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
    copy = tmp_path / "copy"
    code = shutil.ignore_patterns("engine", "__pycache__", "*.py")
    shutil.copytree(ROOT / "knowledge_base", copy, ignore=code)
    assert run("kb", "check", str(copy)).exit_code == 0
    guide = sorted(copy.glob("guides/**/*.md"))[0]
    lines = guide.read_text(encoding="utf-8").splitlines()
    guide.write_text("\n".join([lines[0], "colour: blue", *lines[1:]]) + "\n", encoding="utf-8")
    done = run("kb", "check", str(copy))
    assert done.exit_code == 1
    assert f"{guide.relative_to(copy)}, line 2: " in done.stdout and "colour" in done.stdout
    (problem,) = json.loads(run("kb", "check", str(copy), "--json").stdout)
    assert problem["line"] == 2 and problem["path"].endswith(str(guide.relative_to(copy)))


def test_kb_check_of_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    done = run("kb", "check", str(tmp_path / "nowhere"))
    assert done.exit_code == 1 and "nowhere" in done.output


def test_kb_import_prepares_a_folder_that_passes_the_check(run: Run, tmp_path: Path) -> None:
    source, to = tmp_path / "faq.csv", tmp_path / "new"
    source.write_text(
        "question,answer,url\nHow do I renew?,Press Renew.,https://c.example/1\nWhy?,,\n", encoding="utf-8"
    )
    command = ("kb", "import", "--from", str(source), "--to", str(to), "--topic", "renewal")
    done = run(*command, "--dry-run")
    assert done.exit_code == 0 and "would be written  faq/renewal--how-do-i-renew.en.md" in done.stdout
    assert "faq.csv, line 3): “answer” is missing or empty." in done.stdout and not to.exists()
    states = [row["state"] for row in json.loads(run(*command, "--json").stdout)]
    assert states == ["new", "refused"]
    assert run("kb", "check", str(to)).exit_code == 0
    tables = {name: yaml.safe_load((to / f"{name}.yml").read_text("utf-8")) for name in _OF_OTHERS}
    assert [set(entries) for table in tables.values() for entries in table.values()] == [
        {"ask"},
        {"ask"},
        set(),
    ]
    assert "kept" in run(*command).stdout
    done = run(*command[:-1], "knitting")
    assert done.exit_code == 1 and "“knitting” is not a topic" in done.stderr


def test_kb_import_prepares_a_folder_that_the_settings_name_already(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, to = tmp_path / "pages.jsonl", tmp_path / "new"
    source.write_text('{"title": "Seeds", "text": "Take five packets.", "url": "https://c.example"}', "utf-8")
    command = ("kb", "import", "--from", str(source), "--to", str(to), "--topic", "renewal")
    monkeypatch.setenv("DALIL_KNOWLEDGE_BASE", str(to))
    assert run(*command).exit_code == 0
    assert run("kb", "check", str(to)).exit_code == 0


# Learning


def test_learn_reports_line_by_line_and_a_dry_run_keeps_nothing(
    run: Run, tmp_path: Path, env: dict[str, str]
) -> None:
    file = tmp_path / "ours.jsonl"
    rows = (
        {"question": "prolong the loan of my novel, my number is 20231187", "topic": "renewal"},
        {"question": "what is this", "topic": "weather"},
        {"question": "are the doors open on Tuesday morning early", "topic": "hours"},
    )
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = run("learn", str(file), "--dry-run")
    assert done.exit_code == 0, done.output
    assert "line 1: it held an id number" in done.stdout and "20231187" not in done.output
    assert "line 2: “weather” is not a topic" in done.stdout
    assert not (Path(env["DALIL_VAR"]) / "learned").exists()
    told = json.loads(run("learn", str(file), "--dry-run", "--refuse", "--json").stdout)
    assert (told["kept"], told["masked"], told["refused"]) == (1, 0, 2)
    done = run("learn", "--forget", "--dry-run")
    assert done.exit_code == 0 and "Nothing was learnt" in done.stderr
    assert run("learn").exit_code == 1


def test_the_regression_set_holds(calm: System) -> None:
    file = ROOT / "knowledge_base" / "questions.yml"
    done = calm.dalil("kb", "check", "--questions", str(file), "--at-least", "0.85", "--json")
    found = json.loads(done.stdout)
    told = "\n".join(f"{row['question']}: {row['found']}" for row in found["wrong"])
    assert done.returncode == 0, f"{found['right_first']} found first; not these:\n{told}"
    assert found["questions"] >= 60 and found["unknown"] == []


def test_kb_build_and_search(calm: System) -> None:
    done = calm.dalil("kb", "build")
    assert done.returncode == 0 and "passages, 0 problems" in done.stderr, done.stderr
    done = calm.dalil("kb", "search", "كيف أجدد استعارة كتاب؟", "--count", "3", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and len(found) == 3
    assert "renew" in found[0]["passage"] and found[0]["score"] >= found[1]["score"]


# Asking


def test_ask_uses_the_running_dalil(calm: System) -> None:
    done = calm.dalil("ask", "How do I renew a book?")
    assert done.returncode == 0, done.stderr
    assert "renew" in done.stdout.lower() and f"    {calm.url}" not in done.stderr
    messages = json.loads(calm.dalil("ask", "كيف أجدد استعارة كتاب؟", "--json").stdout)
    assert messages[0]["custom"]["language"] == "ar" and messages[0]["custom"]["citations"]


def test_ask_explains_itself(calm: System) -> None:
    done = calm.dalil("ask", "--explain", "--json", "How do I renew a book?")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    why, answer = found["why"], found["messages"][0]
    assert why["understood"]["topics"][0]["topic"] == "renewal" and why["understood"]["intent"] == "renewal"
    best = why["passages"][0]
    assert (
        best["passage"] == "faq/renewal#renew-online:en"
        and best["url"] == answer["custom"]["citations"][0]["url"]
    )
    assert best["chance"] >= why["thresholds"]["answer"] > why["thresholds"]["worth_showing"] > 0


def test_answers_are_measured_and_leave_nothing_behind(calm: System, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    lines = (
        {"id": "a", "question": "How do I renew a book?", "relevant": ["faq/renewal"], "outcome": "answer"},
        {"id": "b", "question": "كيف أجدد استعارة كتاب؟", "relevant": ["renewal"], "outcome": "answer"},
        {"id": "c", "question": "من فاز بكأس العالم سنة 2010؟", "relevant": [], "outcome": "refuse"},
        {"id": "d", "question": "I want to talk to a librarian please", "outcome": "person"},
    )
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = calm.dalil("eval", "answers", "--questions", str(file), "--json", "--list")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in ("answered", "right_first", "right_top3", "refused", "person"):
        assert found[name] == 1.0, found
    assert (found["silent"], found["questions"]) == (0, 4)
    assert [row["place"] for row in found["listing"]] == [1, 1, None, None]
    exported = calm.dalil("export", "messages")
    assert exported.returncode == 0 and "talk to a librarian please" not in exported.stdout
    assert json.loads(calm.dalil("handoffs", "--json").stdout) == []
