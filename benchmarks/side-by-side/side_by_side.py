#!/usr/bin/env python3
"""The same training twice: token by token in PyTorch, and in Staircase; how do the times and the loss curves compare?

Staircase exports the data and the initial weights of a published setting. PyTorch runs attention over the tokens of every
sequence and descends the autograd gradient; Staircase trains from the exported files. Symbols as in docs/notation.md: P sequences
of N pairs and a query (T = N + 1 tokens) of width W = D + 1, H heads of rank R.
"""

import argparse
import csv
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# Sequences whose activations PyTorch holds at once. Their gradients are summed, so that a step sees the full batch.
CHUNK = 5000


@dataclass(frozen=True)
class Preset:
    """A published setting, and how many of its epochs PyTorch runs unless told otherwise."""

    options: str
    sequences: int
    learning_rate: float
    published_epochs: int
    pytorch_epochs: int
    softmax: bool = False


PRESETS = {
    "merged": Preset("--attention merged --heads 8 --init-scheme full --init 1e-6", 5000, 0.001, 6000, 40),
    "separate": Preset("--heads 5 --rank 1 --init-scheme layers --init 0.01", 5000, 0.02, 10000, 60),
    "rank": Preset("--dim 8 --heads 9 --rank 8 --init-scheme layers --init 0.005", 80000, 0.02, 20000, 2),
    # Softmax weights sum to one where those of linear attention grow with N: rates are larger. These starts reach the drops within 1,000 epochs.
    "merged-softmax": Preset("--attention merged --heads 8 --init-scheme full --init 0.01", 5000, 0.1, 6000, 40, softmax=True),
    "separate-softmax": Preset("--heads 5 --rank 1 --init-scheme full --init 0.1", 5000, 1.0, 10000, 40, softmax=True),
}


def fail(message):
    sys.exit(f"side_by_side: {message}")


try:
    import numpy as np
    import torch
except ImportError as error:
    fail(f"{error.name} is missing: install python3-torch and python3-numpy (Debian) and run this with /usr/bin/python3.")


def main():
    options = parse_options()
    preset = PRESETS[options.preset]
    sequences = options.sequences or preset.sequences
    epochs = options.epochs or preset.pytorch_epochs
    steps = max(epochs, options.steps or preset.published_epochs)
    torch.set_num_threads(options.threads)

    with tempfile.TemporaryDirectory(prefix="side-by-side-") as folder:
        data, run = Path(folder) / "experiment.npz", Path(folder) / "run"
        staircase(options, f"export {preset.options} --data sample:{sequences} --whiten --centre --scale none --out {data}")
        train = softmax_run if preset.softmax else staircase_run
        ours = train(options, data, run, preset.learning_rate, steps)
        theirs = pytorch_run(options, data, preset, epochs)

    report(options, sequences, epochs, steps, ours, theirs)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=PRESETS, help="the published setting")
    parser.add_argument("--epochs", type=positive, help="epochs of PyTorch, and length of the compared curves (default: a minute or so)")
    parser.add_argument("--steps", type=positive, help="steps of Staircase (default: the published number)")
    parser.add_argument("--sequences", type=positive, help="P (default: the published number)")
    parser.add_argument("--float32", action="store_true", help="PyTorch in single precision, as is usual (default: double)")
    parser.add_argument("--query-only", action="store_true", help="let PyTorch compute attention for the query alone, not for every token")
    parser.add_argument("--threads", type=positive, default=os.cpu_count(), help="threads of PyTorch (default: every core)")
    parser.add_argument("--staircase", help="the built program, its .dll or executable (default: dotnet run, which builds it)")
    parser.add_argument("--benchmarks", help="the built benchmark program, a .dll, for the softmax presets (default: dotnet run, which builds it)")
    return parser.parse_args()


def positive(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number ≥ 1; found '{text}'")
    return int(text)


# Staircase


def staircase(options, arguments):
    """Runs a command of Staircase and returns the seconds that the whole process took."""
    if options.staircase is None:
        project = REPOSITORY / "src" / "Staircase.Cli"
        program = ["dotnet", "run", "-c", "Release", "--project", str(project), "--"]
    elif options.staircase.endswith(".dll"):
        program = ["dotnet", options.staircase]
    else:
        program = [options.staircase]
    start = time.perf_counter()
    try:
        done = subprocess.run(program + shlex.split(arguments), capture_output=True, text=True, check=False)
    except OSError as error:
        fail(f"{program[0]} cannot be run: {error.strerror}")
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        fail(f"'staircase {arguments}' ended with code {done.returncode}:\n{done.stderr or done.stdout}")
    return seconds


@dataclass(frozen=True)
class Run:
    losses: "np.ndarray"  # at epochs 0, 1, …
    loop_seconds: float  # the epochs alone
    whole_seconds: float  # with start-up and reading the data


def staircase_run(options, data, folder, learning_rate, steps):
    whole = staircase(
        options,
        f"train --data {data} --weights {data} --scale none --optimizer gd --learning-rate {learning_rate}"
        f" --steps {steps} --record every:1 --out {folder}",
    )
    with open(folder / "metrics.csv", newline="") as table:
        losses = np.array([float(row["loss"]) for row in csv.DictReader(table)])
    record = json.loads((folder / "run.json").read_text())
    seconds = record["wallSeconds"]
    return Run(losses, seconds, whole)


def softmax_run(options, data, folder, learning_rate, steps):
    """Softmax attention, which the benchmark program trains from the same file."""
    folder.mkdir()
    losses = folder / "losses.csv"
    program = ["dotnet", options.benchmarks] if options.benchmarks else ["dotnet", "run", "-c", "Release", "--project", str(REPOSITORY / "benchmarks" / "Staircase.Benchmarks"), "--"]
    start = time.perf_counter()
    done = subprocess.run(program + ["softmax", str(data), str(learning_rate), str(steps), str(losses), str(options.threads)], capture_output=True, text=True, check=False)
    whole = time.perf_counter() - start
    if done.returncode != 0:
        fail(f"softmax training ended with code {done.returncode}:\n{done.stderr or done.stdout}")
    return Run(np.loadtxt(losses), float(done.stdout.splitlines()[-1]), whole)


# PyTorch


def attention(X, weights, softmax, query_only):
    """The prediction for every query: entry D of Σ_h Σ_n V_h xₙ · score(n, q), at the last token q; with softmax the scores of a query are normalized over all N + 1 tokens."""
    Xq = X[:, -1:] if query_only else X
    values = torch.einsum("ptw,hvw->phtv", X, weights["value"])
    if "key_query" in weights:
        keys = torch.einsum("ptw,hwu->phtu", X, weights["key_query"])
        queries = Xq.unsqueeze(1)
    else:
        keys = torch.einsum("ptw,hrw->phtr", X, weights["key"])
        queries = torch.einsum("ptw,hrw->phtr", Xq, weights["query"])
    scores = queries @ keys.transpose(-1, -2)  # [P, H, T or 1, T]
    if softmax:
        scores = torch.softmax(scores, dim=-1)
    return (scores @ values).sum(dim=1)[:, -1, -1]


def full_batch_loss(tokens, targets, weights, softmax, query_only):
    """The mean squared error over all sequences; leaves its gradient in the weights."""
    total = 0.0
    for first in range(0, len(targets), CHUNK):
        part = slice(first, first + CHUNK)
        error = attention(tokens[part], weights, softmax, query_only) - targets[part]
        loss = error.square().sum() / len(targets)
        loss.backward()
        total += loss.item()
    return total


def pytorch_run(options, data, preset, epochs):
    start = time.perf_counter()
    precision = torch.float32 if options.float32 else torch.float64
    with np.load(data) as arrays:
        load = {name: torch.tensor(arrays[name], dtype=precision) for name in arrays.files}
    tokens, targets = load.pop("tokens"), load.pop("targets")
    weights = {name: array.requires_grad_() for name, array in load.items()}
    optimizer = torch.optim.SGD(weights.values(), lr=preset.learning_rate)

    losses, loop_start = [], time.perf_counter()
    for _ in range(epochs):
        optimizer.zero_grad()
        losses.append(full_batch_loss(tokens, targets, weights, preset.softmax, options.query_only))
        optimizer.step()
    end = time.perf_counter()
    return Run(np.array(losses), end - loop_start, end - start)


# Report


def report(options, sequences, epochs, steps, ours, theirs):
    difference = np.max(np.abs(ours.losses[:epochs] / theirs.losses - 1))
    our_epoch, their_epoch = ours.loop_seconds / steps, theirs.loop_seconds / epochs
    precision = "single" if options.float32 else "double"
    scope = "the query alone" if options.query_only else "every token"
    print(f"{options.preset}: {sequences:,} sequences; PyTorch {torch.__version__}, {precision} precision, attention for {scope}, {options.threads} threads")
    print(f"  PyTorch    {epochs:>6,} epochs  {their_epoch * 1e6:>12,.1f} µs an epoch   {steps:,} epochs would take {their_epoch * steps:,.0f} s")
    print(f"  Staircase  {steps:>6,} epochs  {our_epoch * 1e6:>12,.1f} µs an epoch   {steps:,} epochs took {ours.whole_seconds:.2f} s, start-up and reading the file included")
    print(f"  ratio of the times of an epoch {their_epoch / our_epoch:,.0f}; of a whole training {their_epoch * steps / ours.whole_seconds:,.0f}")
    print(f"  loss over {epochs:,} epochs: {ours.losses[0]:.6g} to {ours.losses[epochs - 1]:.6g}; largest relative difference {difference:.1e}")
    tolerance = 1e-3 if options.float32 else 1e-8  # rounding, carried through escapes from saddles
    if not difference < tolerance:
        fail(f"the loss curves differ by more than {tolerance:g}: one of the two trains something else.")


if __name__ == "__main__":
    main()
