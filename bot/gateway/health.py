"""Whether the gateway lives, whether it is ready, and what it counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Troubles = Callable[[], Awaitable[list[str]]]
Complaints = Callable[[], dict[str, list[str]]]


def health_router(troubles: Troubles, complaints: Complaints = dict) -> APIRouter:
    """Give ``/healthz`` (the process answers), ``/readyz`` (so do its parts) and ``/metrics``.

    ``complaints`` says what is wrong with single channels and desks: it is shown, and the gateway is ready
    all the same.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        found = await troubles()
        told = {"ready": not found, "troubles": found, "channels": complaints()}
        return JSONResponse(told, 503 if found else 200)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes
