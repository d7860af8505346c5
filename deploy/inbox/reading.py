"""A mail's parts, made fit to be shown: its HTML with its images inside, its text, its attachments."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email.message import EmailMessage

CONTENT_ID = re.compile(r"""cid:([^"'\s)>]+)""")


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


def html_of(message: EmailMessage) -> str:
    """Empty where there is none. Links open beside the inbox, not inside its frame."""
    part = message.get_body(("html",))
    if part is None:
        return ""
    images = _inline_images(message)
    shown = CONTENT_ID.sub(lambda found: images.get(found[1], ""), str(part.get_content()))
    return f'<base target="_blank">{shown}'


def attachments_of(message: EmailMessage) -> list[Attachment]:
    return [
        Attachment(part.get_filename() or "attachment", part.get_content_type(), _bytes(part))
        for part in message.iter_attachments()
        if isinstance(part, EmailMessage) and part.get_content_maintype() != "multipart"
    ]


def _inline_images(message: EmailMessage) -> dict[str, str]:
    return {
        part["content-id"].strip(
            "<>"
        ): f"data:{part.get_content_type()};base64,{base64.b64encode(_bytes(part)).decode()}"
        for part in message.walk()
        if part["content-id"] and part.get_content_maintype() == "image"
    }


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
