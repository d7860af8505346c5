"""A message as it travels, built from the standard library's older header classes.

The newer ones fold a long header of non-ASCII words so that spaces are lost between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import formataddr

TRAVELLING = compat32.clone(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG that the HTML shows by its `content_id`: `<img src="cid:…">`."""

    content_id: str
    jpeg: bytes


def message_bytes(
    headers: Mapping[str, str | Unfolded], text: str, html: str, pictures: Sequence[Picture] = ()
) -> bytes:
    """The same words twice, as text and as HTML, for the mail program to choose; pictures travel with the HTML."""
    message = MIMEMultipart("alternative")
    for name, value in headers.items():
        message[name] = value  # type: ignore[assignment]  # compat32 takes such a header, too
    message.attach(_part(text, "plain"))
    message.attach(_with_pictures(_part(html, "html"), pictures))
    return message.as_bytes(policy=TRAVELLING)


def _with_pictures(html: MIMENonMultipart, pictures: Sequence[Picture]) -> Message:
    """RFC 2387: nothing is fetched from anywhere to show it."""
    if not pictures:
        return html
    related = MIMEMultipart("related", type="text/html")
    related.attach(html)
    for picture in pictures:
        part = MIMEImage(picture.jpeg, "jpeg")
        part["Content-ID"] = f"<{picture.content_id}>"
        # No file name: it is part of the page, and nothing to save beside it.
        part["Content-Disposition"] = "inline"
        related.attach(part)
    return related


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


class Unfolded(Header):
    """For a URL, which not every mail program finds on a header's second line."""

    def encode(self, splitchars: str = "", maxlinelen: int | None = None, linesep: str = "\n") -> str:
        return str(self)


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
