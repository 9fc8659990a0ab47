"""Which of the two libraries this processor takes."""

import os

# What the .NET runtime asks for before it uses 512 bits: VBMI2 leaves out the processors that slow down under them.
_WIDE = {"avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl", "avx512_vbmi2"}


def has_avx512() -> bool:
    """Whether this processor takes the wide library; ``DOTNET_EnableAVX512=0`` says no, as it does to the command line."""
    if os.environ.get("DOTNET_EnableAVX512") == "0":
        return False
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("flags"):
                    return _WIDE <= set(line.split())
    except OSError:
        pass
    return False
