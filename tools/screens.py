"""Pictures of a brief: `docs/img/brief.png` for the README, and dark, telephone and printed forms under build/.

Draws build/assess/brief.json with the templates as they are now; where it is missing, or with --fresh, it is made first
from the example. Needs Debian's Chromium (`make system`).
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BRIEF = ROOT / "build/assess/brief.json"
KEPT = ROOT / "docs/img/brief.png"
SCREENS = ROOT / "build/screens"
MOST_BYTES = 400_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def make_brief() -> None:
    command = [
        sys.executable,
        "-m",
        "offramp",
        "assess",
        "examples/venezuela-2025.md",
        "--out",
        "build/assess",
        "--force",
    ]
    subprocess.run(command, cwd=ROOT, check=True)


def squeezed(png: bytes) -> bytes:
    """The same picture with its data packed as tightly as zlib can; browsers pack for speed."""
    head, place, data, rest = png[:8], 8, b"", []
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        body = png[place + 8 : place + 8 + size]
        place += 12 + size
        if kind == b"IDAT":
            data += body
        elif kind in (b"IHDR", b"IEND", b"PLTE", b"tRNS"):
            rest.append((kind, body))
    packed = min((zlib.compress(zlib.decompress(data), 9), data), key=len)
    rest.insert(len(rest) - 1, (b"IDAT", packed))
    chunks = [struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in rest]
    return head + b"".join(chunks)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fresh", action="store_true", help="make the brief anew")
    if arguments.parse_args().fresh or not BRIEF.exists():
        make_brief()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no Chromium on this machine; make system installs it", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    from offramp.forecast.brief import Brief
    from offramp.report import html

    SCREENS.mkdir(parents=True, exist_ok=True)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    shown = SCREENS / "brief.html"
    shown.write_text(html.render(Brief.model_validate_json(BRIEF.read_text("utf-8"))), "utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="light")
        page.goto(shown.as_uri())
        picture = squeezed(page.screenshot())
        if len(picture) > MOST_BYTES:
            raise SystemExit(f"{KEPT.name} would take {len(picture):,} bytes; at most {MOST_BYTES:,} are kept in docs/")
        KEPT.write_bytes(picture)
        page.screenshot(path=SCREENS / "light.png", full_page=True)
        page.pdf(path=SCREENS / "brief.pdf", format="A4", prefer_css_page_size=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=SCREENS / "dark.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 780})
        page.emulate_media(color_scheme="light")
        page.screenshot(path=SCREENS / "phone.png", full_page=True)
        browser.close()
    print(f"{KEPT.relative_to(ROOT)}: {len(picture):,} bytes; the others are in {SCREENS.relative_to(ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
