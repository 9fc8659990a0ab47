#!/usr/bin/env python3
"""The same transformer on the same text, in Staircase and in plain PyTorch: do they compute the same loss, and how many tokens a second do they train?

Staircase trains a short run into a temporary folder. Its first and last checkpoints are put into a PyTorch module of the same shape, which
must give the recorded validation losses. Then PyTorch trains from the first checkpoint, on passages of its own, for the time.
"""

import argparse
import csv
import json
import math
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# The validation sequences of Staircase: ValidationSequences and TextTask.
LOSS_TOKENS, LEAST, MOST, HELD = 1 << 15, 16, 256, 1 << 22
VALIDATION = 0.1

# Single precision, sums in another order.
TOLERANCE = 1e-4


def fail(message):
    sys.exit(f"text_training: {message}")


try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    fail(f"{error.name} is missing: install python3-torch (Debian) and run this with /usr/bin/python3.")


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    text = Path(options.text).read_text(encoding="utf-8")
    characters = {character: token for token, character in enumerate(sorted(set(text)))}
    tokens = torch.tensor([characters[character] for character in text])
    training = int((1 - VALIDATION) * len(tokens))
    validation = passages(tokens[training:], options.context, len(characters))

    with tempfile.TemporaryDirectory(prefix="text-training-") as folder:
        run = Path(folder) / "run"
        wall, processor = staircase(options, run)
        with open(run / "metrics.csv", newline="") as table:
            losses = {int(row["step"]): float(row["loss"]) for row in csv.DictReader(table)}
        checkpoints = {step: read(run / "checkpoints" / f"step-{step:08}.safetensors") for step in (0, options.steps)}

    print(f"{len(text):,} characters, {len(characters)} different; {options.layers} layers, d_model {options.width}, {options.heads} heads, d_mlp {options.hidden}; {options.batch} x {options.context} tokens; {options.threads} threads")
    for step, weights in checkpoints.items():
        ours = losses[step]
        with torch.no_grad():
            theirs = loss(weights, validation, options).item()
        print(f"  step {step}: validation loss {ours:.6f} in Staircase, {theirs:.6f} in PyTorch {torch.__version__}")
        if not abs(ours - theirs) < TOLERANCE * theirs:
            fail("the two compute something else.")

    seconds, work = train(checkpoints[0], tokens[:training], options)
    ours = options.batch * options.context * options.steps
    theirs = options.batch * options.context * options.pytorch_steps
    print(f"  Staircase {ours / wall:>10,.0f} tokens a second, {ours / processor:>10,.0f} a second of processor time")
    print(f"  PyTorch   {theirs / seconds:>10,.0f} tokens a second, {theirs / work:>10,.0f} a second of processor time")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", help="a UTF-8 text")
    for name, default in (("steps", 200), ("pytorch-steps", 50), ("batch", 16), ("context", 128), ("layers", 2), ("heads", 4), ("width", 128), ("hidden", 512), ("threads", os.cpu_count())):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--staircase", required=True, help="the built program")
    return parser.parse_args()


def staircase(options, run):
    """Trains, and returns the seconds of training and the processor time of the whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = ["train", "--kind", "attention-only", "--text", options.text, "--norm", "--positions", "absolute", "--init", "0.5", "--record", f"every:{options.steps}", "--checkpoints", f"every:{options.steps}", "--out", str(run)]
    for name in ("steps", "batch", "context", "layers", "heads", "width", "hidden"):
        arguments += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run([options.staircase] + arguments, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"'staircase {' '.join(arguments)}' ended with code {done.returncode}:\n{done.stderr or done.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = json.loads((run / "run.json").read_text())["wallSeconds"]
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read(path):
    """The tensors of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        first, last = info["data_offsets"]
        tensors[name] = torch.frombuffer(bytearray(data[8 + length + first : 8 + length + last]), dtype=torch.float32).reshape(info["shape"])
    return tensors


def passages(tokens, context, vocabulary):
    """The validation sequences, one after another, beginning again shifted at the end."""
    wanted = min(max(LOSS_TOKENS // context, LEAST), MOST)
    chunk = min(max(HELD // (context * vocabulary), 1), wanted)
    count = math.ceil(wanted / chunk) * chunk
    starts = [number * (context + 1) % (len(tokens) - context) for number in range(count)]
    return torch.stack([tokens[start : start + context + 1] for start in starts])


def loss(weights, sequences, options):
    """Cross-entropy of every next token: pre-LayerNorm, causal attention without biases, GELU in its tanh form."""
    tokens, targets = sequences[:, :-1], sequences[:, 1:]
    n, width = tokens.shape[1], options.width // options.heads
    mask = torch.ones(n, n, dtype=torch.bool).triu(1)
    x = weights["embed.W_E"][tokens] + weights["pos_embed.W_pos"][:n]

    def norm(name, x):
        return F.layer_norm(x, (options.width,), weights[name + ".w"], weights[name + ".b"])

    for layer in range(options.layers):
        block = f"blocks.{layer}."
        h = norm(block + "ln1", x)
        q, k, v = (torch.einsum("btd,hdw->bhtw", h, weights[f"{block}attn.W_{name}"]) for name in "QKV")
        scores = (q @ k.transpose(-1, -2) / math.sqrt(width)).masked_fill(mask, -math.inf)
        x = x + torch.einsum("bhtw,hwd->btd", torch.softmax(scores, -1) @ v, weights[block + "attn.W_O"])
        if options.hidden:
            h = norm(block + "ln2", x) @ weights[block + "mlp.W_in"] + weights[block + "mlp.b_in"]
            h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
            x = x + h @ weights[block + "mlp.W_out"] + weights[block + "mlp.b_out"]
    logits = norm("ln_final", x) @ weights["unembed.W_U"]
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))


def train(start, tokens, options):
    """Trains as Staircase does, and returns wall and processor seconds of the steps after the first few."""
    weights = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    optimizer = torch.optim.AdamW(weights.values(), lr=5e-4, betas=(0.9, 0.95), weight_decay=0.1)
    warm = 3
    for step in range(options.pytorch_steps + warm):
        if step == warm:
            wall, work = time.perf_counter(), time.process_time()
        places = torch.randint(len(tokens) - options.context, (options.batch,))
        batch = torch.stack([tokens[place : place + options.context + 1] for place in places])
        optimizer.zero_grad()
        loss(weights, batch, options).backward()
        optimizer.step()
    return time.perf_counter() - wall, time.process_time() - work


if __name__ == "__main__":
    main()
