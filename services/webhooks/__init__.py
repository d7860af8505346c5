"""Public events, signed, to systems that speak HTTPS and not NATS."""
