"""How long a test waits for what must come; a busy machine is no failure of the product."""

PATIENCE = 60.0  # seconds; what comes is awaited no longer than it takes
PATIENCE_MS = PATIENCE * 1000  # what browsers take
