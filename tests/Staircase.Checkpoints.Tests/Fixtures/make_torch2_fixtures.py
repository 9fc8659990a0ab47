"""Writes files in the format of torch 2, without torch: byte by byte as torch/serialization.py and torch/_utils.py of torch 2.x do.

Run:  python3 make_torch2_fixtures.py   (the standard library only; zip times are fixed, so bytes do not differ from run to run)

What torch 2 does that 1.13 does not: a member `byteorder`, and `.format_version`, `.storage_alignment` and
`.data/serialization_id`; data aligned to 64 bytes by an extra field "FB"; types younger than typed storages (float8, uint16 to
uint64, bits) as `torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata)` over
`torch.storage.UntypedStorage`, whose persistent id counts bytes; a parameter with attributes as
`torch._utils._rebuild_parameter_with_state(data, requires_grad, hooks, state)`. A dtype is pickled as the global `torch.<name>`.

The opcodes are those of Python's own pickler: the names it needs stand in empty modules called torch.
"""
import collections
import io
import math
import os
import pickle
import struct
import sys
import types
import zipfile

here = os.path.dirname(os.path.abspath(__file__))

torch, utils, storage_module = types.ModuleType("torch"), types.ModuleType("torch._utils"), types.ModuleType("torch.storage")
sys.modules.update({"torch": torch, "torch._utils": utils, "torch.storage": storage_module})


def name(module, what):
    """Something that pickles as module.what."""
    made = types.FunctionType(compile("None", what, "exec"), {}, what)
    made.__module__, made.__qualname__ = module.__name__, what
    setattr(module, what, made)
    return made


v2, v3, with_state = (name(utils, n) for n in ("_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter_with_state"))
untyped = name(storage_module, "UntypedStorage")
DTYPES = ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "uint16", "uint32", "uint64", "bits8"]
dtypes = {n: name(torch, n) for n in DTYPES}
typed = {n: name(torch, n) for n in ("FloatStorage", "BFloat16Storage", "LongStorage")}


class Storage:
    def __init__(self, kind, data, numel):
        self.kind, self.data, self.numel = kind, data, numel


class Rebuilt:
    """A call that the pickle asks for."""
    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def tensor(kind, data, item, size, stride=None, offset=0, metadata=()):
    stride = stride or tuple(math.prod(size[i + 1:]) for i in range(len(size)))
    hooks = collections.OrderedDict()
    if kind in typed:
        return Rebuilt(v2, Storage(typed[kind], data, len(data) // item), offset, size, stride, False, hooks, *metadata)
    return Rebuilt(v3, Storage(untyped, data, len(data)), offset, size, stride, False, hooks, dtypes[kind], *metadata)


def save(file, state, order):
    storages = []

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if not isinstance(obj, Storage):
                return None
            storages.append(obj)
            return "storage", obj.kind, str(len(storages) - 1), "cpu", obj.numel

    text = io.BytesIO()
    Pickler(text, protocol=2).dump(state)
    stem = os.path.splitext(file)[0]
    members = [("data.pkl", text.getvalue()), (".format_version", b"1"), (".storage_alignment", b"64"), ("byteorder", order.encode())]
    members += [(f"data/{i}", s.data) for i, s in enumerate(storages)] + [("version", b"3\n"), (".data/serialization_id", b"0" * 40)]
    with zipfile.ZipFile(os.path.join(here, file), "w") as archive:
        for member, data in members:
            info = zipfile.ZipInfo(f"{stem}/{member}", (1980, 1, 1, 0, 0, 0))
            start = archive.fp.tell() + 30 + len(info.filename) + 4
            padding = -start % 64
            info.extra = struct.pack("<HH", 0x4246, padding) + b"Z" * padding
            archive.writestr(info, data)


def torch2(mark):
    def pack(form, *values):
        return struct.pack(f"{mark}{len(values)}{form}", *values)

    def bf16(*values):
        return pack("H", *[struct.unpack(">H", struct.pack(">f", v)[:2])[0] for v in values])

    state = collections.OrderedDict(
        f32=tensor("FloatStorage", pack("f", 0.5, -1, 1.5, 2), 4, (2, 2), metadata=({"conj": False},)),
        bf16=tensor("BFloat16Storage", bf16(1, -2.5, 0.15625), 2, (3,)),
        u16=tensor("uint16", pack("H", 1, 40000, 3, 65535), 2, (4,)),
        view=tensor("uint16", pack("H", *range(10)), 2, (2, 3), (5, 1), 1),            # [[1, 2, 3], [6, 7, 8]]
        u32=tensor("uint32", pack("I", 7, 4000000000), 4, (2,)),
        u64=tensor("uint64", pack("Q", 7, 2**53), 8, (2,)),
        e4m3=tensor("float8_e4m3fn", bytes([0x38, 0xC0, 0x01, 0x7E]), 1, (2, 2)),      # 1, −2, 2^−9, 448 (OCP 8-bit formats, E4M3)
        e5m2=tensor("float8_e5m2", bytes([0x3C, 0xC0, 0x7B, 0x01]), 1, (4,)),          # 1, −2, 57344, 2^−16 (E5M2)
        e8m0=tensor("float8_e8m0fnu", bytes([127, 128, 120]), 1, (3,)),                # 1, 2, 2^−7 (E8M0)
        fnuz=tensor("float8_e4m3fnuz", bytes([0x40, 0x01]), 1, (2,)),                  # of a type that is listed, not read
        bits=tensor("bits8", bytes([1, 2, 3]), 1, (3,)),
        parameter=Rebuilt(with_state, tensor("FloatStorage", pack("f", 3, 4), 4, (2,)), True, collections.OrderedDict(), {"note": 1}),
    )
    return state


save("torch2.pth", torch2("<"), "little")
save("torch2_big.pth", {"model": torch2(">"), "step": 12}, "big")
