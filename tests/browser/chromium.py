"""Where a Chromium is, and how the tests start it: headless, and cut off from the network."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
MAC = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
MISSING = (
    "no Chromium was found, so the tests of tests/browser did not run. To get one: "
    "`.venv/bin/playwright install chromium`, or your system's package (Debian, Ubuntu: "
    "`apt install chromium`); or name one: `CHROMIUM=/path/to/chrome make test`"
)
ARGUMENTS = [
    # No name resolves but this machine's own address: what a page asks of others fails and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-dev-shm-usage",  # /dev/shm is tiny in containers
    "--force-color-profile=srgb",
]


def find(playwright):
    """Path of a Chromium to use: $CHROMIUM, then Playwright's own, then the system's; else None.

    A $CHROMIUM that names no program is returned as it is, and fails by its name when launched.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named) or named
    own = Path(playwright.chromium.executable_path)
    if own.is_file():
        return str(own)
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    return installed or next((str(path) for path in MAC if path.is_file()), None)


def launch(playwright, path):
    """Start the browser at `path`."""
    return playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)


def main():
    """Say which Chromium the tests would use; exit status 1 if there is none."""
    with sync_playwright() as playwright:
        path = find(playwright)
    print(path or MISSING)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
