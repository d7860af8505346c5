"""Bodies of requests: forms as a page sends them, nearly so, and not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from tests.service.hostile_texts import MARKUP, escaped, texts
from tests.service.html_forms import Fields


@st.composite
def bodies(draw: st.DrawFn, forms: Sequence[Fields]) -> tuple[str, bytes]:
    """A content type and what is, or is not, of it."""
    fields = draw(filled(forms))
    how = draw(st.sampled_from(("form", "form", "form", "multipart", "multipart", "json", "binary", "long")))
    if how == "multipart":
        return draw(multiparts(fields))
    if how == "json":
        return "application/json", json.dumps(fields).encode()
    if how == "binary":
        return draw(st.sampled_from(("", FORM, f"{FORM}; charset=utf-16", "x"))), draw(st.binary(max_size=40))
    if how == "long":
        name = draw(st.sampled_from([name for name, _ in fields] or ["x"]))
        return FORM, urlencoded(fields) + b"&" + escaped(name).encode() + b"=~megabyte~"
    return FORM, urlencoded(fields)


FORM = "application/x-www-form-urlencoded"


@st.composite
def filled(draw: st.DrawFn, forms: Sequence[Fields]) -> list[tuple[str, str]]:
    """One of the forms, with some of its fields typed into, sent twice or left out."""
    form = draw(st.sampled_from(forms)) if forms else {}
    fields = [(name, value) for name, values in form.items() for value in values]
    names = [name for name in form if name != "form_token"] or ["x"]
    for name in draw(st.lists(st.sampled_from(names), max_size=4)):
        what = draw(st.sampled_from(("typed", "typed", "typed", "twice", "left out")))
        if what != "twice":
            fields = [each for each in fields if each[0] != name]
        if what != "left out":
            fields.append((name, draw(texts)))
    if draw(st.integers(0, 9)) == 0:
        fields.append((draw(texts), draw(texts)))
    return fields


def urlencoded(fields: Iterable[tuple[str, str]]) -> bytes:
    # A placeholder stays as it is.
    return "&".join(f"{escaped(name)}={escaped(value).replace('%7E', '~')}" for name, value in fields).encode()


BOUNDARY = "laurel-boundary"
FILE_NAMES = ("", "x.csv", "../../x.zip", "students.csv\x00", MARKUP[0], "é.csv", "x" * 3000)
CONTENTS = (
    b"",
    b"PK\x03\x04 as good as any",
    b"PK\x05\x06" + bytes(18),
    b"student_id,family_id,first name,surname\ns1,f1,Aroha,Ngata\n",
    b"student_id;student_id\n\x00;\xff\xfe\n" + b'"' * 7,
    "student_id,family_id,first name,surname\n<script>x</script>,f1,\ud800,x\n".encode("utf-16", "surrogatepass"),
    b"%PDF-1.7",
    bytes(range(256)),
)


@st.composite
def multiparts(draw: st.DrawFn, fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    parts = [draw(parts_of(name, value)) for name, value in fields]
    body = b"".join(b"--%s\r\n%s\r\n" % (BOUNDARY.encode(), part) for part in parts) + b"--%s--\r\n" % BOUNDARY.encode()
    harm = draw(st.sampled_from(("", "", "cut", "no CR", "put in", "unended", "preamble")))
    at = draw(st.integers(0, len(body)))
    body = {
        "cut": body[:at],
        "no CR": body.replace(b"\r\n", b"\n"),
        "put in": body[:at] + draw(st.sampled_from((b"\x00", b"\r\n", b"--", b"\xff", b"\r\n\r\n"))) + body[at:],
        "unended": body.removesuffix(b"--\r\n"),
        "preamble": b"before\r\n" + body + b"after",
    }.get(harm, body)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return draw(st.sampled_from((*[kind] * 6, *ODD_KINDS))), body


ODD_KINDS = (
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=another",
    f'multipart/form-data; boundary="{BOUNDARY}',
    f"multipart/form-data; boundary={'b' * 300}",
    *(
        f"multipart/form-data; boundary={BOUNDARY}; charset={charset}"
        for charset in ("utf-16", "undefined", "unicode_escape", "idna", "hex", "utf-7", "punycode", "\xff", "x" * 300)
    ),
)


@st.composite
def parts_of(draw: st.DrawFn, name: str, value: str) -> bytes:
    """One field or file, with its headers as they should be or nearly so."""
    named = b'content-disposition: form-data; name="%s"' % name.encode("utf-8", "surrogatepass")
    content = value.encode("utf-8", "surrogatepass")
    shape = draw(st.sampled_from(("", "", "", "file", "odd", "escape")))
    if shape == "file":
        file_name = draw(st.sampled_from(FILE_NAMES)).encode()
        return b'%s; filename="%s"\r\n\r\n%s' % (named, file_name, draw(st.sampled_from(CONTENTS)))
    if shape == "odd":
        return draw(
            st.sampled_from((b"", b"content-disposition: x", b"content-disposition", named + b"; name=", b":"))
        ) + (b"\r\n\r\n" + content)
    return named + b"\r\n\r\n" + (rb"\ud800\N{x}+2AA-" if shape == "escape" else content)
