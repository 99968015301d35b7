"""A PostgreSQL server for the tests, on loopback, in a folder of its own; none where it is not installed."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")


def _program(name: str) -> str | None:
    newest = sorted(INSTALLED.glob(f"*/bin/{name}"), reverse=True)
    return str(newest[0]) if newest else shutil.which(name)


def _as_server() -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package has made an account for it."""
    return ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []


@contextmanager
def running_postgres() -> Iterator[str | None]:
    """Give the URL of an empty database, or None where there is no server to run."""
    given = os.environ.get("DALIL_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="dalil-pg-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        if _as_server():
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(
            [
                *_as_server(),
                initdb,
                "-D",
                data,
                "-U",
                "dalil",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            **quiet,
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        control = [*_as_server(), pg_ctl, "-D", data, "-w"]
        subprocess.run([*control, "-o", options, "-l", f"{folder}/log", "start"], **quiet)
        try:
            yield f"postgresql://dalil@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
