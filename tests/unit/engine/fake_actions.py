"""An action server that answers, remembers and fails as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeActions:
    """Answers every action with a content that says which one it was, and counts in a slot."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.status = 200

    def answer(self, call: dict[str, Any], secret: str | None) -> tuple[int, dict[str, Any]]:
        """Give the status and the JSON for one call."""
        self.calls.append(call)
        self.secrets.append(secret)
        if self.status != 200:
            return self.status, {"error": "told to", "action_name": call["next_action"]}
        tracker = call["tracker"]
        said = tracker["latest_message"]["text"]
        before = tracker["slots"].get("last_question")
        custom = {"text": f"{call['next_action']} after {before}", "kind": "answer", "topic": "hours"}
        event = {"event": "slot", "name": "last_question", "value": said}
        return 200, {"events": [event], "responses": [{"custom": custom}]}


@contextmanager
def serving(fake: FakeActions, port: int) -> Iterator[None]:
    """Serve it on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = fake.answer(body, self.headers.get("X-Dalil-Secret"))
            out = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
