"""Whether the gateway lives, whether it is ready, and what it counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Troubles = Callable[[], Awaitable[list[str]]]


def health_router(troubles: Troubles) -> APIRouter:
    """Give ``/healthz`` (the process answers), ``/readyz`` (so do its parts) and ``/metrics``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        found = await troubles()
        return JSONResponse({"ready": not found, "troubles": found}, 503 if found else 200)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes
