"""`make licences`: docs/licences.md, from what the installed packages say of themselves; and what is not allowed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import metadata

from deploy.lockfile import LOCK, ROOT, Locked, parts, read

PAGE = ROOT / "docs" / "licences.md"

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
"""They ask for their notice to be kept; MPL-2.0 besides for changes of its own files, of which there are none here."""

IN_OTHER_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}

READ_BY_A_PERSON = {
    "axe-playwright-python": "MIT AND MPL-2.0",  # axe itself is within
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # PDFium is within
    "pywin32": "PSF-2.0",
    "segno": "BSD-3-Clause",
    "tinycss2": "BSD-3-Clause",
    "webencodings": "BSD-3-Clause",
}
"""Where a package says nothing precise, or is not for this machine: what its licence file says."""

INTRODUCTION = """\
# Licences

Every package of `requirements.lock`, with its licence as [SPDX](https://spdx.org/licenses/) writes it, and the part of
Laurel that needs it. Written by `make licences`; the tests fail when it is out of date, and when a licence is none of
these: {allowed}.

The browser, the fonts and everything else that Debian brings keep their notices in `/usr/share/doc/*/copyright`, in the
images too.

| package | version | licence | for |
|---|---|---|---|
"""


class Unknown(Exception):
    """A package whose licence nobody has told; the text says which."""


def page() -> str:
    """docs/licences.md as it should be. Unknown where a licence is told neither by the package nor by a person."""
    packages = read(LOCK)
    purposes = parts(packages)
    rows = (f"| {each.name} | {each.version} | {licence_of(each)} | {purposes[each.name]} |\n" for each in packages)
    return INTRODUCTION.format(allowed=", ".join(sorted(ALLOWED))) + "".join(rows)


def licence_of(package: Locked) -> str:
    """As an SPDX expression."""
    if package.name in READ_BY_A_PERSON:
        return READ_BY_A_PERSON[package.name]
    if said := _said_by_itself(package):
        return said
    raise Unknown(f"{package.name} does not tell its licence: read it, and write it down in deploy/licences.py")


def refused(licences: Mapping[str, str]) -> dict[str, str]:
    """Of the licences by package, those that are not allowed."""
    return {name: licence for name, licence in licences.items() if not is_allowed(licence)}


def is_allowed(expression: str) -> bool:
    """Of an `OR` one is enough, of an `AND` each must be allowed. Brackets are for a person to read."""
    return any(all(one in ALLOWED for one in either.split(" AND ")) for either in expression.split(" OR "))


def _said_by_itself(package: Locked) -> str | None:
    try:
        told = metadata.metadata(package.name)
    except metadata.PackageNotFoundError:
        return None
    if told["Version"] != package.version:
        raise Unknown(f"{package.name} {told['Version']} is installed, and {package.version} locked: `make setup`")
    for expression in told.get_all("License-Expression", []):
        return str(expression)
    classifiers = [each for each in told.get_all("Classifier", []) if each.startswith("License")]
    for words in (*told.get_all("License", []), *(each.rpartition(" :: ")[2] for each in classifiers)):
        if (licence := IN_OTHER_WORDS.get(words, str(words))) in ALLOWED:
            return licence
    return None


def main() -> int:
    try:
        PAGE.write_text(page())
    except Unknown as unknown:
        print(f"licences: {unknown}", file=sys.stderr)
        return 1
    not_allowed = refused({each.name: licence_of(each) for each in read(LOCK)})
    for name, licence in not_allowed.items():
        print(f"licences: {name} is under {licence}, which is not allowed", file=sys.stderr)
    print(f"licences: {PAGE.relative_to(ROOT)}")
    return 1 if not_allowed else 0


if __name__ == "__main__":
    sys.exit(main())
