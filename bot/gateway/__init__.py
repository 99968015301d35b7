"""The gateway's own routes: guide pages, health and metrics."""
