"""NATS and Postgres from their wheels, as processes of the embedded stack and of the tests."""
