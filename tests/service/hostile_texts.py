"""Texts that nobody types, and how they stand in an address."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st

MARKUP = ("<script>x</script>", '"><img src=x onerror=y>')
"""Never comes back as it is."""
SPLIT = "x\r\nx-hostile: 1"

TEXTS = (
    *MARKUP,
    SPLIT,
    *("", " ", "\x00", "c1\x00", "c1\n", "..", "../../etc/passwd", "/", "//evil.test", "/\\evil.test", "javascript:x"),
    *("0", "-1", "1e309", "9" * 19, "9" * 30, "9" * 5000, "١٢", "²", "NaN", "00000000-0000-0000-0000-000000000000"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2026-03-10T25:00", "9999-12-31T23:59:59-23:59"),
    *("null", "[]", "{}", "{{7*7}}", "%s%n", "'; DROP TABLE x;--", "\ufeff", "\uffff", "\ud800", "\u202eevil", "مرحبا"),
    *("e\u0301", "İ", "🦭" * 300, "x" * 10_000, "q@q", "a b@c.test", "#", "?", "&=", "\x7f", "\x1b[2J", "a,b", "é"),
)
SHARP = (
    *(
        "\x00",
        "c1\n",
        "9" * 5000,
        "9" * 30,
        "0",
        "²",
        "١٢",
        "\ud800",
        "x" * 10_000,
        "9999-12-31",
        "0001-01-01",
        "[",
        "{}",
    ),
    *("\n", "x\x00y", SPLIT, *MARKUP),
)
"""What finds most."""
RAW = (
    "%",
    "%zz",
    "%ff%fe",
    "%00",
    "%2f",
    "%2e%2e%2f",
    "%2e%2e",
    "..",
    "%c0%ae",
    "%ed%a0%80",
    "%0d%0ax:1",
    "%5c",
    ";",
    "+",
)
"""As it stands in the address, right or wrong."""

texts = st.one_of(st.sampled_from(SHARP), st.sampled_from(SHARP), st.sampled_from(TEXTS), st.text(max_size=20))


def escaped(text: str) -> str:
    """In an address, with a lone surrogate as the bytes that it would be."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
