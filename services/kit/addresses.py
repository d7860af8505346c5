"""Numbers in the addresses of pages."""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, register_url_convertor


class ShortNumber(IntegerConvertor):
    """Of 18 digits at most, which every store can look up: Python itself refuses to read one of more than 4300."""

    regex = "[0-9]{1,18}"


def keep_numbers_short() -> None:
    """What `{version:int}` stands for in the routes that are made from now on; a longer number is no page's address."""
    register_url_convertor("int", ShortNumber())
