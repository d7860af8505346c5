"""A message as it travels, built from the standard library's older header classes.

The newer ones fold a long header of non-ASCII words so that spaces are lost between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import formataddr

TRAVELLING = compat32.clone(linesep="\r\n")


def message_bytes(headers: Mapping[str, str], text: str, html: str) -> bytes:
    """The same words twice, as text and as HTML, for the mail program to choose."""
    message = MIMEMultipart("alternative")
    for name, value in headers.items():
        message[name] = value
    message.attach(_part(text, "plain"))
    message.attach(_part(html, "html"))
    return message.as_bytes(policy=TRAVELLING)


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, quoted or encoded as the name needs."""
    name = one_line(name)
    if name.isascii():
        return formataddr((name, address))
    header = Header(name, "utf-8")
    header.append(f"<{address}>", "us-ascii")
    return header.encode()


def line(text: str) -> str:
    """Text for a header, encoded where it needs to be."""
    text = one_line(text)
    return text if text.isascii() else Header(text, "utf-8").encode()


def one_line(text: str) -> str:
    """Every kind of line break and control character as a space: a header is one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _part(text: str, kind: str) -> MIMENonMultipart:
    charset = Charset("utf-8")
    # Seven bits and short lines pass every server on the way unchanged.
    charset.body_encoding = QP
    part = MIMENonMultipart("text", kind)
    part.set_payload(text, charset)
    return part
