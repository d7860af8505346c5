"""WeasyPrint's turn at the same HTML: `python weasyprint_loop.py FOLDER` prints each `*.html` and tells each time.

It runs in the interpreter that has WeasyPrint, which need not be the bench's: so it imports nothing else of ours.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path


def main() -> None:
    """On stdout: a JSON list of milliseconds."""
    # By name, because it is not one of Laurel's dependencies.
    weasyprint = importlib.import_module("weasyprint")
    turns = []
    for page in sorted(Path(sys.argv[1]).glob("*.html")):
        text = page.read_text()
        started = time.perf_counter()
        weasyprint.HTML(string=text).write_pdf()
        turns.append((time.perf_counter() - started) * 1000)
    sys.stdout.write(json.dumps(turns))


if __name__ == "__main__":
    main()
