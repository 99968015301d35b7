"""What is counted, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

TURNS = Counter("dalil_turns_total", "Turns written", ["outcome"])
TURN_SECONDS = Histogram("dalil_turn_seconds", "From a message kept to its turn written", buckets=BUCKETS)
ENGINE_FAILURES = Counter("dalil_engine_failures_total", "Late, empty or broken answers of the engine")
DELIVERY_SECONDS = Histogram("dalil_delivery_seconds", "Of one delivery attempt", ["target"], buckets=BUCKETS)
DELIVERIES = Counter("dalil_deliveries_total", "Delivery attempts", ["target", "state"])
QUEUE = Gauge("dalil_queue", "Patrons' messages that have not had their turn")
HANDOFFS = Gauge("dalil_handoffs_open", "Open handoffs", ["state"])
HANDOFF_EVENTS = Counter("dalil_handoffs_total", "What happened to handoffs", ["event"])
REFUSED = Counter("dalil_messages_refused_total", "Patrons' messages refused", ["code"])
