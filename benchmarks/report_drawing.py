#!/usr/bin/env python3
"""How long reports take to draw in an installed Chromium: `report_drawing.py REPORT.html …`.

A page without anything in it is opened in turn with each report, so that start-up can be taken off. Printed for each report: milliseconds
from the start of the navigation to the page's own word that it is drawn (the least and the median of the openings; other work on the
machine makes them longer), and the processor time of Chromium beyond that for the empty page (which other work hardly touches).
"""
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 7
WATCH = """<script>new MutationObserver(() => {
  const root = document.documentElement;
  if (root.dataset.state === 'ready' && !root.dataset.drawn) root.dataset.drawn = performance.now();
}).observe(document.documentElement, { attributes: true });
document.addEventListener('readystatechange', () => {
  if (document.readyState !== 'interactive') return;
  const hold = document.body.appendChild(document.createElement('iframe'));  // loading ends when the page takes it away, drawn
  hold.id = 'hold';
  hold.contentDocument.open();
})</script>"""


def chromium():
    for name in (os.environ.get("STAIRCASE_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "chrome"):
        if name and shutil.which(name):
            return shutil.which(name)
    sys.exit("no Chromium is installed; STAIRCASE_CHROMIUM names one")


def opened(program, page, folder):
    """The page when it is loaded, and the processor seconds that this took."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(dir=folder) as profile:
        dumped = subprocess.run(
            [program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
             f"--user-data-dir={profile}", "--window-size=1200,900", *sandbox, "--dump-dom", page.as_uri()],
            capture_output=True, text=True, timeout=300, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return dumped, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main(reports):
    program = chromium()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        empty = folder / "empty.html"
        empty.write_text("<!doctype html><title>empty</title>")
        pages = []
        for i, report in enumerate(reports):
            html = pathlib.Path(report).read_text(encoding="utf-8")
            size = len(html.encode())
            html = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)  # it forbids the script that watches
            page = folder / f"{i}.html"
            page.write_text(html.replace("<head>", "<head>" + WATCH, 1), encoding="utf-8")
            pages.append((report, page, size, [], []))
        for _ in range(ROUNDS):
            for report, page, _, drawn, work in pages:
                _, idle = opened(program, empty, folder)
                dumped, busy = opened(program, page, folder)
                found = re.search(r'data-drawn="([0-9.]+)"', dumped)
                if not found:
                    sys.exit(f"{report} was not drawn")
                drawn.append(float(found[1]))
                work.append(busy - idle)
    print(f"load average {os.getloadavg()[0]:.0f} on {os.cpu_count()} processors, {ROUNDS} openings of each")
    print("size in kB   drawn after ms: least, median   processor ms: least, median   report")
    for report, _, size, drawn, work in pages:
        print(f"{size / 1e3:10.0f}   {min(drawn):14.0f} {statistics.median(drawn):14.0f}"
              f"   {1e3 * min(work):14.0f} {1e3 * statistics.median(work):13.0f}   {report}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
