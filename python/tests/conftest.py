"""Ends with the counts that ``.ci/run`` adds up."""

import matplotlib

matplotlib.use("Agg")


def pytest_terminal_summary(terminalreporter):
    counts = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error")}
    terminalreporter.write_line(f"succeeded: {counts['passed']}")
    terminalreporter.write_line(f"failed: {counts['failed'] + counts['error']}")
