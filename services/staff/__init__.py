"""The staff web: screens that ask and command over NATS. It keeps accounts and sessions, and no school data."""
