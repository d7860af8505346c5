"""Is there a browser to print with, and does it run? `python -m deploy.browser` prints where it is, or fails."""

from __future__ import annotations

import os
import subprocess
import sys

from services.rendering.chromium import ChromiumMissing, find_chromium


def main() -> int:
    try:
        chromium = find_chromium(os.environ.get("LAUREL_CHROMIUM"))
        # A browser that was downloaded may lack a library of the system.
        subprocess.run([str(chromium), "--version"], check=True, capture_output=True, timeout=30)
    except (ChromiumMissing, OSError, subprocess.SubprocessError) as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    print(chromium)
    return 0


if __name__ == "__main__":
    sys.exit(main())
