#!/usr/bin/env python3
"""Builds the wheel of staircase-icl with the native library inside: with the .NET SDK, a C compiler and Python's standard library alone.

    python/build.py                      # both widths of vectors, for this platform
    python/build.py --this-machine       # the width of this processor alone, in half the time
    python/build.py --library DIR        # libraries that were published before
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "staircase"
LIBRARIES = ("libstaircase.so", "libstaircase-avx512.so", "libstaircase.dylib", "libstaircase.dll", "libstaircase-avx512.dll")

# .NET's name of a platform, and the wheel's.
PLATFORMS = {
    ("linux", "x86_64"): ("linux-x64", "linux_x86_64"),
    ("linux", "aarch64"): ("linux-arm64", "linux_aarch64"),
    ("darwin", "arm64"): ("osx-arm64", "macosx_11_0_arm64"),
    ("win32", "AMD64"): ("win-x64", "win_amd64"),
}

METADATA = """\
Metadata-Version: 2.1
Name: staircase-icl
Version: {version}
Summary: The learning dynamics of in-context learning: predict what training will do, train exactly, look into any checkpoints
License: MIT
Requires-Python: >=3.9
Requires-Dist: numpy
Provides-Extra: plots
Requires-Dist: matplotlib; extra == "plots"
Provides-Extra: frames
Requires-Dist: pandas; extra == "frames"
Description-Content-Type: text/markdown

{readme}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--this-machine", action="store_true", help="the width of this processor alone")
    parser.add_argument("--library", type=Path, metavar="DIR", help="libraries that were published before")
    parser.add_argument("--out", type=Path, default=ROOT / "python" / "dist", metavar="DIR", help="where the wheel goes")
    arguments = parser.parse_args()
    name = (sys.platform, platform.machine())
    if name not in PLATFORMS:
        sys.exit(f"build.py: no name is known for the platform {name}; known are {', '.join(map(str, PLATFORMS))}")
    runtime, tag = PLATFORMS[name]
    with tempfile.TemporaryDirectory() as folder:
        library = arguments.library or publish(runtime, Path(folder), arguments.this_machine)
        print(write_wheel(library, tag, arguments.out))


def publish(runtime: str, folder: Path, this_machine: bool) -> Path:
    """Compiles the library ahead of time."""
    command = ["dotnet", "publish", str(ROOT / "src" / "Staircase.Native"), "-c", "Release", "-r", runtime, "-o", str(folder),
               "--nologo", "-v", "quiet"]
    if this_machine and runtime.endswith("-x64"):
        command += ["-p:NarrowOnly=true"] if not has_avx512() else ["-p:IlcInstructionSet=x86-64-v4"]
    subprocess.run(command, check=True)
    return folder


def has_avx512() -> bool:
    """What the package itself asks the processor before it loads the wide library."""
    spec = importlib.util.spec_from_file_location("processor", PACKAGE / "_processor.py")
    processor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(processor)
    return processor.has_avx512()


def write_wheel(library: Path, tag: str, out: Path) -> Path:
    """Writes the wheel, which is a zip with a list of what is in it; the same content gives the same bytes."""
    version = re.search(r"<Version>(.*?)</Version>", (ROOT / "Directory.Build.props").read_text())[1]
    libraries = [library / file for file in LIBRARIES if (library / file).exists()]
    if not libraries:
        sys.exit(f"build.py: {library} holds none of {', '.join(LIBRARIES)}")
    info = f"staircase_icl-{version}.dist-info"
    content = {f"staircase/{path.name}": path.read_bytes() for path in sorted(PACKAGE.glob("*.py")) + [PACKAGE / "py.typed"] + libraries}
    content[f"{info}/METADATA"] = METADATA.format(version=version, readme=(ROOT / "python" / "README.md").read_text()).encode()
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: build.py\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n".encode()
    content[f"{info}/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    record = [f"{name},sha256={digest(data)},{len(data)}" for name, data in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    out.mkdir(parents=True, exist_ok=True)
    wheel = out / f"staircase_icl-{version}-py3-none-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    main()
