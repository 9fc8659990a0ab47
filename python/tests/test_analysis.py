import csv
import json
import struct

import numpy as np
import pytest

import staircase
from program import run

WIDTH, HEADS = 12, 3


def state(rng, scale=1.0, dtype="f4"):
    """One layer of torch's attention; in_proj has the rows of Q, K and V, each by heads."""
    return {
        "attention.in_proj_weight": (scale * rng.normal(size=(3 * WIDTH, WIDTH))).astype(dtype),
        "attention.out_proj.weight": rng.normal(size=(WIDTH, WIDTH)).astype(dtype),
    }


def circuits(weights):
    """QK = W_qᵀ W_k and OV = W_o W_v of every head, by numpy."""
    query, key, value = np.split(weights["attention.in_proj_weight"].astype("f8"), 3)
    output = weights["attention.out_proj.weight"].astype("f8")
    rows = [slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS) for head in range(HEADS)]
    return [query[r].T @ key[r] for r in rows], [output[:, r] @ value[r] for r in rows]


def effective_rank(matrix):
    values = np.linalg.svd(matrix, compute_uv=False)
    shares = values[values > 1e-12 * values[0]] / values.sum()
    return np.exp(-(shares * np.log(shares)).sum())


def positivity(matrix):
    values = np.linalg.eigvals(matrix)
    return values.sum().real / np.abs(values).sum()


def write(path, tensors):
    """A safetensors file, by hand."""
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": {"f4": "F32", "f8": "F64"}[array.dtype.str[1:]], "shape": array.shape, "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in tensors.values()))


def series(count, change):
    rng = np.random.default_rng(4)
    base = state(rng, dtype="f8")
    return {10 * i: {name: (array * (4 if i >= change else 1) + rng.normal(size=array.shape) / 100).astype("f4")
                     for name, array in base.items()} for i in range(count)}


def test_measures_are_numpys():
    weights = state(np.random.default_rng(2))
    rows = staircase.analyze(weights, heads=HEADS).rows
    qk, ov = circuits(weights)
    np.testing.assert_array_equal(rows.head, range(HEADS))
    for name, matrices in (("qk", qk), ("ov", ov)):
        np.testing.assert_allclose(rows[f"{name}_norm"], [np.linalg.norm(matrix) for matrix in matrices], rtol=1e-6)
        np.testing.assert_allclose(rows[f"{name}_effective_rank"], [effective_rank(matrix) for matrix in matrices], rtol=1e-6)
        np.testing.assert_allclose(rows[f"{name}_largest_singular_value"], [np.linalg.norm(matrix, 2) for matrix in matrices], rtol=1e-6)
        np.testing.assert_allclose(rows[f"{name}_eigenvalue_positivity"], [positivity(matrix) for matrix in matrices], atol=1e-6)


def test_files_memory_and_the_command_line_say_the_same(tmp_path):
    states = series(6, 3)
    for step, tensors in states.items():
        write(tmp_path / f"step-{step}.safetensors", tensors)
    memory, files = staircase.analyze(states, heads=HEADS), staircase.analyze(tmp_path, heads=HEADS)
    assert run("analyze", str(tmp_path), "--heads", str(HEADS), "--csv", str(tmp_path / "rows.csv"))
    files.report(tmp_path / "ours.csv")
    assert (tmp_path / "ours.csv").read_text() == (tmp_path / "rows.csv").read_text()
    with open(tmp_path / "rows.csv", newline="") as lines:
        table = list(csv.DictReader(lines))
    for name in memory.rows.columns:
        np.testing.assert_array_equal(memory.rows[name], files.rows[name])
    shown = np.array([float(row["qkGeodesicToPrevious"]) for row in table])
    np.testing.assert_array_equal(memory.rows.qk_geodesic_to_previous, shown)
    picked = staircase.analyze(tmp_path, heads=HEADS, steps="10..40", every=2)
    np.testing.assert_array_equal(picked.steps, [10, 30])
    np.testing.assert_array_equal(staircase.analyze(tmp_path, heads=HEADS, steps=(20, None)).steps, [20, 30, 40, 50])


def test_a_monitor_says_live_what_an_analysis_says_afterwards():
    states = series(48, 24)
    monitor = staircase.Monitor(heads=HEADS)
    for step in range(0, 480):
        loss = 0.5 + 0.5 / (1 + np.exp((step - 240) / 4))
        monitor.log(step, loss, states.get(step))
    live, after = monitor.analysis, staircase.analyze(states, heads=HEADS)
    for name in after.rows.columns:
        if not name.endswith("subspace_distance"):
            np.testing.assert_array_equal(live.rows[name], after.rows[name])
    np.testing.assert_allclose(monitor.plateaus.loss, [1, 0.5], atol=0.01)
    np.testing.assert_allclose(monitor.plateaus.end, [240, 479], atol=3)
    changes = monitor.transitions
    assert set(changes.subject) >= {f"layer 0 head {head}" for head in range(HEADS)} and "loss" in changes.subject
    of_heads = [change for change in changes if change["subject"] != "loss"]
    assert all(225 <= change["earliest"] <= 235 <= change["latest"] <= 245 for change in of_heads)
    assert len(monitor.ranks) == HEADS and set(monitor.ranks.step) == {470}
    assert "<table>" in monitor._repr_html_() and "2 " in repr(monitor) and len(monitor.plot().lines) == 1
    assert len(live.plot().lines) == HEADS


def test_a_step_that_cannot_be_used_leaves_the_monitor_as_it_was():
    rng = np.random.default_rng(3)
    monitor = staircase.Monitor(heads=HEADS)
    monitor.log(0, 1.0, state(rng))
    for step, loss, tensors, said in [
        (1, float("nan"), None, "nan.*diverged"), (0, 0.5, None, "ascend"), (1, 0.9, {"x": np.zeros(3)}, "no attention"),
        (1, 0.9, {"attention.in_proj_weight": np.zeros((4, 4), complex)}, "complex"), (-1, None, None, "at least 0"),
    ]:
        with pytest.raises(staircase.InputError, match=f"(?i){said}"):
            monitor.log(step, loss, tensors)
    monitor.log(1, 0.9, state(rng))
    np.testing.assert_array_equal(monitor.loss.step, [0, 1])
    np.testing.assert_array_equal(monitor.analysis.steps, [0, 1])


@pytest.mark.parametrize("change", [
    lambda array: array[:, ::-1][:, ::-1], lambda array: np.asfortranarray(array), lambda array: array.astype(">f4"),
    lambda array: array.astype("f8"), lambda array: np.concatenate([array, array])[: len(array)],
], ids=["strided", "fortran", "big-endian", "double", "view"])
def test_however_arrays_lie_they_say_the_same(change):
    weights = state(np.random.default_rng(5))
    expected = staircase.analyze(weights, heads=HEADS).rows
    found = staircase.analyze({name: change(array) for name, array in weights.items()}, heads=HEADS).rows
    for name in expected.columns:
        if not name.endswith("subspace_distance"):
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)


def test_state_dicts_of_torch():
    torch = pytest.importorskip("torch")
    attention = torch.nn.MultiheadAttention(WIDTH, HEADS)
    weights = {name: tensor.detach().numpy().copy() for name, tensor in attention.state_dict().items()}
    ours = staircase.analyze(attention.state_dict(), heads=HEADS).rows
    np.testing.assert_array_equal(ours.qk_norm, staircase.analyze(weights, heads=HEADS).rows.qk_norm)
    halves = staircase.analyze(attention.to(torch.bfloat16).state_dict(), heads=HEADS).rows
    np.testing.assert_allclose(halves.qk_norm, ours.qk_norm, rtol=0.02)


def test_what_torch_gives_is_read_without_torch():
    """A tensor by its face: detach, cpu, contiguous, numpy."""
    class Tensor:
        def __init__(self, array):
            self.array = array
            self.dtype = f"torch.{array.dtype.name}"

        def detach(self):
            return self

        cpu = contiguous = detach

        def numpy(self):
            return self.array

    weights = state(np.random.default_rng(6))
    expected = staircase.analyze(weights, heads=HEADS).rows
    np.testing.assert_array_equal(staircase.analyze({k: Tensor(v) for k, v in weights.items()}, heads=HEADS).rows.qk_norm, expected.qk_norm)


def test_weights_whose_product_overflows_have_no_measures():
    weights = {name: array.astype("f8") * 1e200 for name, array in state(np.random.default_rng(9)).items()}
    rows = staircase.analyze(weights, heads=HEADS).rows
    assert np.isnan(rows.qk_norm).all() and np.isnan(rows.qk_effective_rank).all()


def test_a_config_says_what_files_would():
    weights = {f"h.0.attn.{name}": array for name, array in {
        "c_attn.weight": np.random.default_rng(7).normal(size=(WIDTH, 3 * WIDTH)).astype("f4"),
        "c_proj.weight": np.random.default_rng(8).normal(size=(WIDTH, WIDTH)).astype("f4"),
    }.items()}
    analysis = staircase.analyze(weights, config={"n_head": 4, "model_type": "gpt2", "nested": {"ignored": 1}})
    assert len(analysis.rows) == 4 and any("n_head" in decision for decision in analysis.decisions)


def test_what_cannot_be_analyzed_is_refused(tmp_path):
    for what, options, said in [
        (tmp_path / "none", {}, "no file or folder"), (tmp_path, {}, "no checkpoint"), ({}, {}, "no checkpoint"),
        ({"x": np.zeros((2, 2))}, {}, "no attention"), (tmp_path, {"headz": 2}, "did you mean 'heads'"), (tmp_path, {"heads": 0}, "heads must"),
        (tmp_path, {"layout": "gpt3"}, "gpt2"), (tmp_path, {"steps": "5"}, "FROM..TO"), ([], {}, "paths"),
    ]:
        with pytest.raises(staircase.InputError, match=said):
            staircase.analyze(what, **options)
