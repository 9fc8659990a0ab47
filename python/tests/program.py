"""The command line as it is built, to compare with."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "src" / "Staircase.Cli" / "bin" / "Release" / "net10.0" / "Staircase.Cli.dll"
WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def run(*arguments, folder=None):
    """What the command line prints with ``--json``, words for numbers replaced by numbers."""
    done = subprocess.run(["dotnet", str(PROGRAM), *arguments, "--json"], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout, object_hook=lambda members: {name: numbers(value) for name, value in members.items()})


def numbers(value):
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return WORDS.get(value, value) if isinstance(value, str) else value


def plain(value):
    """The same of what the package gives: arrays as lists, numbers as floats."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value  # JSON has no other numbers


def same(left, right):
    """Equal to the bit, NaN equal to NaN."""
    return json.dumps(plain(left), sort_keys=True) == json.dumps(plain(right), sort_keys=True)
