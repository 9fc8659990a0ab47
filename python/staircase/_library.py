"""The native library behind ``staircase.h``: loading it, calling it, reading what handles stand for."""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from ._processor import has_avx512

if TYPE_CHECKING:
    import numpy as np

INTERFACE = 1
_STOPPED, _INTERNAL = 3, 70
_MOST_AXES = 8
_DTYPES = {1: "f8", 2: "i8", 3: "f4"}

_PROGRESS = ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p, c_double, c_int64, c_double)


class InputError(ValueError):
    """What was given cannot be used; the message says what was wrong, where, what was expected, and what to do."""


class InternalError(RuntimeError):
    """A mistake of the library, not of its user."""


class Stopped(Exception):
    """A progress function has stopped the work."""


class Progress(NamedTuple):
    """How far long work is."""

    stage: str
    """What is being done."""
    fraction: float
    """From 0 to 1."""
    step: int
    """Steps of training so far."""
    loss: float
    """The loss; NaN where there is none."""


ProgressFunction = Callable[[Progress], Any]
"""Told how far long work is, some twenty times a second, in the thread that asked for it; returning ``False`` stops it."""


def _path() -> str:
    """The library for this processor; ``STAIRCASE_LIBRARY`` names another."""
    if named := os.environ.get("STAIRCASE_LIBRARY"):
        return named
    folder = os.path.dirname(os.path.abspath(__file__))
    suffix = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
    wide, narrow = (os.path.join(folder, f"libstaircase{width}{suffix}") for width in ("-avx512", ""))
    path = wide if os.path.exists(wide) and (has_avx512() or not os.path.exists(narrow)) else narrow
    if not os.path.exists(path):
        raise ImportError(f"{path} is missing: build it with python/build.py, or name a library in STAIRCASE_LIBRARY.")
    return path


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(_path())
    library.staircase_open_handles.restype = c_int64
    found = library.staircase_interface()
    if found != INTERFACE:
        raise ImportError(f"{library._name} has interface {found}; this package needs {INTERFACE}: build both anew with python/build.py.")
    return library


_library = _load()
_OUT = POINTER(c_uint64)


def declare(name: str, *arguments: Any) -> None:
    """Says what ``staircase_NAME`` takes before progress, context and places for handles, as far as it has these."""
    tail = _TAILS.get(name, ())
    getattr(_library, f"staircase_{name}").argtypes = (*arguments, *tail)


_WATCHED, _GIVES = (_PROGRESS, c_void_p), (_OUT,)
_TAILS = {
    **dict.fromkeys(("prepare", "train", "resume", "open", "predict", "analyze", "analyze_tensors", "reproduce"), (*_WATCHED, *_GIVES)),
    **dict.fromkeys(("compare", "monitor", "monitor_analysis", "monitor_plateaus", "catalogue"), _GIVES),
    "predict_all": (*_WATCHED, _OUT, c_int64),
    "log": _WATCHED,
}
declare("error", c_char_p, c_int64, POINTER(c_int64))
declare("close", c_uint64)
declare("text", c_uint64, c_char_p, c_char_p, c_int64, POINTER(c_int64))
declare("array", c_uint64, c_char_p, c_void_p, c_int64, POINTER(c_int32), POINTER(c_int64), POINTER(c_int32))
declare("prepare", c_char_p)
declare("predict", c_uint64, c_int32)
declare("predict_all", c_char_p, c_int32)
declare("train", c_uint64, c_char_p)
declare("resume", c_char_p, c_char_p)
declare("open", c_char_p)
declare("compare", c_uint64, c_void_p, c_void_p, c_int64, c_int32)
declare("analyze", c_char_p)
declare("monitor", c_char_p)
declare("monitor_analysis", c_uint64)
declare("monitor_plateaus", c_uint64)
declare("catalogue")
declare("reproduce", c_char_p, c_int32)
declare("write", c_uint64, c_char_p)
_forked = False


def _after_fork() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def vector_bits() -> int:
    """The width of vectors in bits, 128, 256 or 512: all that may change the bits of a result."""
    return _library.staircase_vector_bits()


def open_handles() -> int:
    """How many handles of the library are open; for tests."""
    return _library.staircase_open_handles()


def call(name: str, *arguments: Any) -> None:
    """Calls ``staircase_NAME``.

    Raises InputError, InternalError or Stopped.
    """
    if _forked:
        raise RuntimeError("staircase cannot be used in a process that was forked after it was imported: start it with 'spawn' instead.")
    status = getattr(_library, f"staircase_{name}")(*arguments)
    if status:
        _raise(status)


def _raise(status: int) -> None:
    length = c_int64()
    _library.staircase_error(None, 0, byref(length))
    text = ctypes.create_string_buffer(length.value + 1)
    _library.staircase_error(text, length.value + 1, None)
    message = keys_of_python(text.value.decode())
    raise (Stopped if status == _STOPPED else InternalError if status == _INTERNAL else InputError)(message)


def keys_of_python(message: str) -> str:
    """A line of the library with its keys and options, ‹learning-rate› and --learning-rate, as they are written here: learning_rate."""
    return re.sub(r"‹([^›]+)›|--([a-z][a-z-]+)", lambda key: (key[1] or key[2]).replace("-", "_"), message)


class Handle:
    """Something of the library that is read by names. It closes itself."""

    __slots__ = ("number", "__weakref__")

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def of(cls, name: str, *arguments: Any) -> Handle:
        """What ``staircase_NAME`` makes."""
        number = c_uint64()
        call(name, *arguments, byref(number))
        return cls(number.value)

    def text(self, name: str) -> str:
        """A text."""
        length = c_int64()
        key = name.encode()
        call("text", self.number, key, None, 0, byref(length))
        buffer = ctypes.create_string_buffer(length.value + 1)
        call("text", self.number, key, buffer, length.value + 1, None)
        return buffer.value.decode()

    def json(self, name: str) -> Any:
        """A text that is JSON, read; long lists of numbers in it are arrays."""
        return json.loads(self.text(name), object_hook=self._read)

    def array(self, name: str) -> np.ndarray:
        """An array, copied once: from the library's memory into numpy's."""
        import numpy as np

        kind, axes, shape = c_int32(), c_int32(), (c_int64 * _MOST_AXES)()
        key = name.encode()
        call("array", self.number, key, None, 0, byref(kind), shape, byref(axes))
        values = np.empty(shape[: axes.value], _DTYPES[kind.value])
        call("array", self.number, key, values.ctypes.data, values.nbytes, None, None, None)
        return values

    def _read(self, members: dict[str, Any]) -> Any:
        if len(members) == 1 and "array" in members:
            return self.array(members["array"])
        return {name: _number(value) for name, value in members.items()}

    def __del__(self) -> None:
        if not _forked and _library is not None:
            _library.staircase_close(self.number)


NO_PROGRESS = (_PROGRESS(), None)
"""What short calls get: they run in this thread, and nothing can stop them."""


def watched(name: str, *arguments: Any, progress: ProgressFunction | None, count: int | None = None) -> Any:
    """Runs long work of the library, so that Ctrl-C and ``progress`` can stop it.

    The call waits in a thread of its own: this thread stays with Python, which hears Ctrl-C in no other.

    Returns the handle of what was made, or with a count a list of so many; what was stopped but can be looked at is returned, too.
    """
    places = (c_uint64 * (1 if count is None else count))()
    counts = () if count is None else (count,)
    state: dict[str, Any] = {"latest": None, "stop": False, "error": None}
    done = threading.Event()

    def tell(_: Any, stage: bytes, fraction: float, step: int, loss: float) -> int:
        state["latest"] = Progress(stage.decode(), fraction, step, loss)
        return 1 if state["stop"] else 0

    callback = _PROGRESS(tell)

    def work() -> None:
        try:
            call(name, *arguments, callback, None, places, *counts)
        except BaseException as error:  # raised again where the caller is
            state["error"] = error
        finally:
            done.set()

    thread = threading.Thread(target=work, name=f"staircase {name}", daemon=True)
    thread.start()
    try:
        while not done.wait(0.05):
            if progress is not None and state["latest"] is not None and progress(state["latest"]) is False:
                state["stop"] = True
    except BaseException:
        state["stop"] = True
        thread.join()
        [Handle(place) for place in places if place]  # each closes itself
        raise
    thread.join()
    made = [Handle(place) for place in places if place]
    if state["error"] is not None and not (isinstance(state["error"], Stopped) and made):
        raise state["error"]
    return made if count is not None else made[0]


def request(keys: Mapping[str, Any]) -> bytes:
    """Keys and values as the library reads them."""
    return json.dumps({key.replace("_", "-"): _plain(value) for key, value in keys.items() if value is not None}).encode()


_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _number(value: Any) -> Any:
    """What JSON has no numbers for comes as words."""
    if isinstance(value, str):
        return _WORDS.get(value, value)
    return [_number(item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value - value != 0:  # no JSON: the library complains of the word by its key
        return str(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else value
