"""Writes the fixtures of Staircase.Checkpoints.Tests with numpy and plain Python, so that no reader is tested by its own writer.

Run:  python3 make_fixtures.py   (numpy 1.24; the files come out byte for byte the same)
The tests state the expected values from the formulas below, not from any program's output.
"""
import io
import json
import os
import struct
import zipfile

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(here, name)


def arrays():
    count = np.arange(24)
    return {
        "f8": (0.5 * np.arange(12) - 1).reshape(3, 4),            # 0.5 i − 1
        "f4": (1 / (np.arange(5) + 1)).astype("<f4"),             # 1 / (i + 1), rounded to single
        "f2": (0.25 * np.arange(6) - 0.5).astype("<f2"),          # 0.25 i − 0.5
        "i1": np.array([-128, -1, 0, 127], "<i1"),
        "i2": np.array([-32768, -1, 0, 32767], "<i2"),
        "i4": np.array([-2147483648, -1, 0, 2147483647], "<i4"),
        "i8": np.array([-(2**63), -1, 0, 2**63 - 1], "<i8"),
        "u1": np.array([0, 1, 255], "<u1"),
        "u2": np.array([0, 1, 65535], "<u2"),
        "u4": np.array([0, 1, 4294967295], "<u4"),
        "u8": np.array([0, 1, 2**64 - 1], "<u8"),
        "b1": np.array([True, False, True]),
        "special": np.array([np.nan, np.inf, -np.inf, -0.0]),
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 3)),
        "fortran": np.asfortranarray(count.reshape(2, 3, 4) * 1.0),    # the C-order index
        "big_f8": (0.5 * np.arange(12) - 1).reshape(3, 4).astype(">f8"),
        "big_f4": (1 / (np.arange(5) + 1)).astype(">f4"),
        "big_f2": (0.25 * np.arange(6) - 0.5).astype(">f2"),
        "big_i4": np.array([-2147483648, -1, 0, 2147483647], ">i4"),
        "big_fortran_i2": np.asfortranarray((count.reshape(2, 3, 4) - 7).astype(">i2")),   # C-order index − 7
        "layer.0/weight": np.arange(4.0),                              # i
    }


def member_of_version(version, array):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def long_version_2():
    """A version 2.0 header of 70,000 bytes, more than the u16 of version 1.0 can say."""
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"
    text = text.ljust(70_000 - 1) + b"\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + struct.pack("<3d", 1.5, 2.5, 3.5)


def versions():
    with zipfile.ZipFile(at("versions.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {
            "v1": member_of_version((1, 0), np.arange(3.0)),
            "v2": member_of_version((2, 0), np.arange(3.0)),
            "v2_long": long_version_2(),
            "v3": member_of_version((3, 0), np.arange(3.0)),
        }.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), data, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("readme.txt"), b"not an array")


def safetensors(path, tensors, metadata):
    """tensors: (name, dtype, shape, bytes), written in the order given."""
    header, offset = {"__metadata__": metadata}, 0
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for *_, data in tensors:
            out.write(data)


def bfloat16(values):
    return b"".join(struct.pack("<f", v)[2:] for v in values)     # exact for the values used


def main():
    np.savez(at("stored.npz"), **arrays())
    np.savez_compressed(at("deflated.npz"), **arrays())
    np.save(at("plain.npy"), 0.5 * np.arange(12).reshape(3, 4) - 1)
    np.save(at("objects.npy"), np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    np.save(at("complex.npy"), np.array([1 + 2j]))
    np.save(at("strings.npy"), np.array(["ab", "c"]))
    np.save(at("structured.npy"), np.zeros(2, dtype=[("x", "<f8"), ("y", "<i4")]))
    versions()
    safetensors(at("dtypes.safetensors"), [
        ("f64", "F64", [3, 4], struct.pack("<12d", *(0.5 * i - 1 for i in range(12)))),
        ("i64", "I64", [4], struct.pack("<4q", -(2**63), -1, 0, 2**63 - 1)),
        ("u64", "U64", [3], struct.pack("<3Q", 0, 1, 2**64 - 1)),
        ("empty", "F64", [0, 3], b""),
        ("scalar", "F64", [], struct.pack("<d", 2.5)),
        ("f32", "F32", [5], struct.pack("<5f", *(1 / (i + 1) for i in range(5)))),
        ("i32", "I32", [4], struct.pack("<4i", -2147483648, -1, 0, 2147483647)),
        ("u32", "U32", [3], struct.pack("<3I", 0, 1, 4294967295)),
        ("f16", "F16", [2, 3], struct.pack("<6e", *(0.25 * i - 0.5 for i in range(6)))),
        ("bf16", "BF16", [4], bfloat16([1.0, -2.5, 0.15625, float("inf")])),
        ("i16", "I16", [2], struct.pack("<2h", -32768, 32767)),
        ("u16", "U16", [2], struct.pack("<2H", 0, 65535)),
        ("i8", "I8", [2], struct.pack("<2b", -128, 127)),
        ("u8", "U8", [2], struct.pack("<2B", 0, 255)),
        ("bool", "BOOL", [3], b"\x01\x00\x01"),
        ("f8_e4m3", "F8_E4M3", [5], b"\x38\x7e\x01\xc0\x7f"),     # 1, 448, 2^-9, -2, NaN (OCP table)
        ("f8_e5m2", "F8_E5M2", [5], b"\x3c\x7b\x01\xc0\x7c"),     # 1, 57344, 2^-16, -2, inf
        ("f8_e8m0", "F8_E8M0", [3], b"\x7f\x80\xff"),             # 1, 2, NaN
        ("f4", "F4", [4], b"\x12\x34"),
        ("novel", "X12", [2], b"\x00\x01\x02"),                   # a dtype nobody knows
        ("größe", "U8", [1], b"\x07"),
    ], {"format": "pt", "note": "kept \"as is\""})


if __name__ == "__main__":
    main()
