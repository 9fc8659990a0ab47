#!/usr/bin/env python3
"""What the Python package costs: medians of wall-clock time, and of the processor's in brackets, which other processes disturb less.

    PYTHONPATH=… benchmarks/python.py
"""

import statistics
import subprocess
import sys
import time

FIRST = """
import time
wall, cpu = time.perf_counter(), time.process_time()
import staircase
staircase.predict(dim=4, context=31, attention="separate", rank=1, init=0.01).data
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def measure(work, times):
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus), min(walls)


def show(what, seconds, unit=1e3, name="ms"):
    wall, cpu, least = (second * unit for second in seconds)
    print(f"{what:<64} {wall:8.3f} {name} ({cpu:.3f}), at least {least:.3f}")


def main():
    first = [list(map(float, subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()))
             for code in [FIRST] * 15]
    show("import to first prediction, numpy too", tuple(statistics.median(column) for column in zip(*first)) + (min(w for w, _ in first),))
    with_numpy = [list(map(float, subprocess.run([sys.executable, "-c", "import numpy" + FIRST], capture_output=True, text=True,
                                                 check=True).stdout.split())) for _ in range(15)]
    show("import to first prediction, numpy there before",
         tuple(statistics.median(column) for column in zip(*with_numpy)) + (min(w for w, _ in with_numpy),))

    import staircase
    from staircase import _library

    print(f"vectors of {staircase.vector_bits()} bits")
    seeds = iter(range(10**9))
    show("a prediction, D 4, H 5, theory alone", measure(lambda: staircase.predict(init=0.01, seed=next(seeds), check=False), 200))
    show("the same, and all numbers read", measure(lambda: staircase.predict(init=0.01, seed=next(seeds), check=False).data, 200))
    show("the same with the exact flow beside it", measure(lambda: staircase.predict(init=0.01, seed=next(seeds)), 200))
    study = _library.Handle.of("prepare", b'{"init": 0.01}', *_library.NO_PROGRESS)
    show("overhead: a text of 10 letters", measure(lambda: [study.text("kind") for _ in range(100)], 50), 1e4, "µs")
    run = staircase.train(init=0.01)
    show(f"overhead: a column of {len(run)} rows", measure(lambda: [run._handle.array("loss") for _ in range(100)], 50), 1e4, "µs")
    show("overhead: a call that is refused", measure(lambda: [refused(staircase) for _ in range(20)], 50), 5e4, "µs")
    for check in (False, True):
        show(f"1,000 predictions, D 4, on all cores{', with the exact flow beside each' if check else ''}",
             measure(lambda: staircase.predict_all([{"init": 0.01, "seed": next(seeds)} for _ in range(1000)], check=check), 5), 1, "s")


def refused(staircase):
    try:
        staircase.predict(dim=0)
    except staircase.InputError:
        pass


if __name__ == "__main__":
    main()
