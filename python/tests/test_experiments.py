import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import staircase
from program import run, same

SEPARATE = dict(dim=4, context=31, attention="separate", rank=1, init=0.01)
# Zhang et al. 2025, Eq. 19: the loss when the first m of the components 0.4, 0.3, 0.2, 0.1 are learned at N = 31.
EIGENVALUES = np.array([0.4, 0.3, 0.2, 0.1])
HEIGHTS = 1 - np.concatenate([[0], np.cumsum(EIGENVALUES / (1 + (1 + 1 / EIGENVALUES) / 31))])
ENDLESS = dict(optimizer="gd", learning_rate=1e-7, steps=900_000_000)


def options(keys):
    return [word for key, value in keys.items() for word in (f"--{key.replace('_', '-')}", str(value))]


@pytest.mark.parametrize("keys", [
    SEPARATE,
    dict(dim=7, context=20, attention="separate", rank=3, heads=4, init=0.003, seed=5),
    dict(dim=5, attention="merged", heads=3, init=0.02, seed=8),
    dict(dim=3, data="sample:500", init=0.01, seed=2),
    dict(kind="vector-regression", spectrum="2,1,0.5", context=10, tasks="diagonal:200", epoch_rate=0.2),
], ids=lambda keys: "-".join(map(str, keys.values())))
def test_a_prediction_has_the_bits_of_the_command_line(keys):
    assert same(staircase.predict(**keys).data, run("predict", *options(keys)))


@pytest.mark.parametrize("init", [0.01, 0.05])  # the second has no theory
def test_a_run_has_the_bits_of_the_command_line(tmp_path, init):
    keys = dict(dim=4, data="sample:300", optimizer="gd", learning_rate=0.05, steps=1200, init=init, seed=3)
    shown = run("train", *options(keys), "--out", str(tmp_path / "a"))
    ours = staircase.train(**keys, out=tmp_path / "b")
    assert same(ours.comparison.data, shown["comparison"])
    assert (tmp_path / "a" / "metrics.csv").read_bytes() == (tmp_path / "b" / "metrics.csv").read_bytes()
    files = sorted(path.name for path in (tmp_path / "a" / "checkpoints").iterdir())
    assert files and files == sorted(path.name for path in (tmp_path / "b" / "checkpoints").iterdir())
    for file in files:
        assert (tmp_path / "a" / "checkpoints" / file).read_bytes() == (tmp_path / "b" / "checkpoints" / file).read_bytes()
    table = np.genfromtxt(tmp_path / "a" / "metrics.csv", delimiter=",", names=True)
    for name in table.dtype.names:
        np.testing.assert_array_equal(ours[name], table[name])
    opened = staircase.open(tmp_path / "a")
    np.testing.assert_array_equal(opened.loss, ours.loss)
    assert same(opened.comparison.data, ours.comparison.data)


def test_plateaus_are_those_of_the_paper():
    prediction = staircase.predict(**SEPARATE)
    np.testing.assert_allclose(prediction.plateaus.loss, HEIGHTS, rtol=1e-9)
    assert [list(learned) for learned in prediction.plateaus.learned] == [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
    assert prediction.plateaus.end[-1] == np.inf
    np.testing.assert_array_equal(prediction.drops.time, prediction.plateaus.end[:-1])
    assert np.all(np.diff(prediction.curve.time) > 0) and prediction.curve.loss.dtype == np.float64
    assert 0 < prediction.largest_stable_learning_rate < 10


def test_many_predictions_are_those_made_alone():
    many = staircase.predict_all([{**SEPARATE, "seed": seed} for seed in range(30)])
    for seed in (0, 11, 29):
        assert same(many[seed].data, staircase.predict(**SEPARATE, seed=seed).data)
    assert len({prediction.drops.time[0] for prediction in many}) == 30
    assert staircase.predict_all([]) == []
    with pytest.raises(staircase.InputError, match="experiment 1: init must"):
        staircase.predict_all([SEPARATE, {"init": -1}])


def test_predictions_from_many_threads_are_those_made_alone():
    alone = [staircase.predict(**SEPARATE, seed=seed).data for seed in range(6)]
    found = [None] * 24

    def work(i):
        found[i] = staircase.predict(**SEPARATE, seed=i % 6).data

    threads = [threading.Thread(target=work, args=(i,)) for i in range(24)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(same(found[i], alone[i % 6]) for i in range(24))


def test_a_run_ends_where_the_paper_says():
    run_ = staircase.train(**SEPARATE)
    assert run_.status == "finished" and run_.time is not None and len(run_) == len(run_.loss) == len(run_["m4"])
    np.testing.assert_allclose(run_.loss[[0, -1]], HEIGHTS[[0, -1]], rtol=1e-3)
    np.testing.assert_allclose(run_.plateaus.measured_loss, HEIGHTS, rtol=0.01)
    weights = run_.weights(run_.checkpoints[-1])
    assert {name: block.shape for name, block in weights.items() if name in ("value", "key", "query")} == {
        "value": (5,), "key": (5, 1, 4), "query": (5, 1, 4)}
    # At the end Σ v k qᵀ is the least-squares solution in context, diagonal with 1/(λ + (λ + tr)/N) in the eigenbasis.
    strength = np.einsum("h,hri,hrj->ij", weights["value"], weights["key"], weights["query"])
    np.testing.assert_allclose(np.diag(strength), 1 / (EIGENVALUES + (EIGENVALUES + 1) / 31), rtol=0.01)
    with pytest.raises(KeyError, match="there are step, time, loss, m1"):
        run_["accuracy"]


def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path):
    keys = dict(dim=3, data="sample:300", optimizer="gd", learning_rate=1e-3, steps=2_000_000, init=0.05, record="every:100000")
    stopped = staircase.train(**keys, out=tmp_path / "stopped", progress=lambda p: p.step == 0)
    assert stopped.status == "interrupted" and 0 < stopped.record["step"] < 2_000_000
    whole, resumed = staircase.train(**keys), staircase.resume(tmp_path / "stopped")
    np.testing.assert_array_equal(resumed.loss, whole.loss)
    with pytest.raises(staircase.InputError, match="only steps"):
        staircase.resume(tmp_path / "stopped", init=1)


def test_own_arrays_stand_for_files(tmp_path):
    rng = np.random.default_rng(1)
    tokens = rng.normal(size=(200, 9, 4))
    tokens[:, -1, -1] = 0
    targets = rng.normal(size=200)
    weights = {"value": rng.normal(size=(2, 4, 4)) / 100, "key": rng.normal(size=(2, 1, 4)) / 100, "query": rng.normal(size=(2, 1, 4)) / 100}
    np.savez(tmp_path / "data.npz", tokens=tokens, targets=targets)
    np.savez(tmp_path / "weights.npz", **weights)
    arrays = staircase.predict(attention="separate", data={"tokens": tokens, "targets": targets}, weights=weights)
    files = staircase.predict(attention="separate", data=tmp_path / "data.npz", weights=tmp_path / "weights.npz")
    assert same(arrays["prediction"], files["prediction"])
    kept = staircase.train(attention="separate", data={"tokens": tokens, "targets": targets}, weights=weights, optimizer="gd",
                           learning_rate=0.01, steps=20, out=tmp_path / "run")
    np.testing.assert_array_equal(staircase.open(tmp_path / "run").loss, kept.loss)


def test_theory_lies_over_a_curve_from_elsewhere():
    run_ = staircase.train(**SEPARATE, optimizer="gd", learning_rate=0.02)
    steps, theory = staircase.predict(**SEPARATE, optimizer="gd", learning_rate=0.02), staircase.predict(**SEPARATE)
    by_step = staircase.compare((run_.step, run_.loss.astype(np.float32)), **SEPARATE, optimizer="gd", learning_rate=0.02)
    by_time = staircase.compare({"time": run_.step * 0.04, "loss": run_.loss}, **SEPARATE)
    for comparison, theory in ((by_step, steps), (by_time, theory)):  # steps are later than the flow
        np.testing.assert_allclose(comparison.plateaus.measured_loss, HEIGHTS, rtol=0.01)
        np.testing.assert_allclose(comparison.plateaus.predicted_end[:-1], theory.drops.time)
        np.testing.assert_allclose(comparison.plateaus.measured_end[:-1], theory.drops.time, rtol=0.02)
        curve = np.interp(run_.step * 0.04, theory.curve.time, theory.curve.loss)
        assert abs(comparison.largest_deviation - np.abs(curve - run_.loss).max()) < 0.02
    heights_alone = staircase.compare({"step": run_.step, "loss": run_.loss}, **SEPARATE)
    assert heights_alone.largest_deviation is None and len(heights_alone.missed) == 0
    # A training that ended on its third plateau.
    cut = run_.time < theory.drops.time[2] * 0.9
    short = staircase.compare({"time": run_.time[cut], "loss": run_.loss[cut]}, **SEPARATE)
    assert len(short.plateaus) == 3 and len(short.missed) == 2
    assert same(staircase.compare(run_).data, run_.comparison.data)


@pytest.mark.parametrize("curve, said", [
    (([0, 1, 2], [1, 2]), "shape"), (([0, 2, 1], [1.0, 0.5, 0.2]), "ascend"), (([0, 1], [1, float("nan")]), "finite"), (([0], [1]), "two points"),
])
def test_what_is_no_curve_is_refused(curve, said):
    with pytest.raises(staircase.InputError, match=said):
        staircase.compare(curve, **SEPARATE)


@pytest.mark.parametrize("keys, said", [
    (dict(dimm=4), "unknown key 'dimm': did you mean 'dim'"), (dict(learning_rate=-1), "^learning_rate must"), (dict(dim="four"), "dim"),
    (dict(kind="regresion"), "regression"), (dict(dim=float("nan")), "dim"), (dict(dim=10**12), "memory|dim"),
    (dict(task_covariance="no"), "task_covariance"),
])
def test_what_cannot_be_used_is_refused_by_its_name_here(keys, said):
    with pytest.raises(staircase.InputError, match=said) as caught:
        staircase.predict(**keys)
    assert "--" not in str(caught.value) and "\n" not in str(caught.value)


def test_divergence_says_what_to_do():
    with pytest.raises(staircase.InputError, match="learning_rate"):
        staircase.train(optimizer="gd", learning_rate=50, steps=1000, init=1)


def test_progress_is_told_and_can_stop():
    seen = []

    def progress(now):
        seen.append(now)
        return len(seen) < 5 or now.step == 0  # a busy machine is still preparing

    run_ = staircase.train(**ENDLESS, progress=progress)
    assert run_.status == "interrupted" and len(seen) >= 5
    assert all(0 <= now.fraction <= 1 for now in seen) and seen[-1].step > 0 and seen[-1].stage == "training"
    with pytest.raises(ZeroDivisionError):
        staircase.train(**ENDLESS, progress=lambda now: 1 / 0)


def test_interrupts_are_heard_in_the_middle():
    code = f"import staircase; print('ready', flush=True); staircase.train(**{ENDLESS})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in error and process.returncode != 0


def test_a_forked_child_is_told_and_harms_nothing():
    prediction = staircase.predict(**SEPARATE)
    child = os.fork()
    if child == 0:
        try:
            staircase.predict(**SEPARATE)
        except RuntimeError as error:
            del prediction
            os._exit(7 if "spawn" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_nothing_stays_open():
    import gc

    from staircase import _library

    gc.collect()
    before = _library.open_handles()
    prediction, run_ = staircase.predict(**SEPARATE), staircase.train(dim=2, init=0.05)
    assert _library.open_handles() > before
    del prediction, run_
    gc.collect()
    assert _library.open_handles() == before


def test_arrays_are_the_callers_own():
    run_ = staircase.train(dim=2, init=0.05)
    loss = run_.loss
    assert loss.flags.owndata and loss.flags.c_contiguous and loss is run_.loss
    opened = loss.copy()
    loss[:] = 0
    np.testing.assert_array_equal(run_._handle.array("loss"), opened)


def test_the_library_is_the_one_for_this_processor():
    from staircase import _library, _processor

    assert staircase.vector_bits() == (512 if _processor.has_avx512() else 256)
    assert _library.keys_of_python("give ‹task-covariance› or ‹dim›.") == "give task_covariance or dim."


def test_everything_shows_itself():
    prediction, run_ = staircase.predict(**SEPARATE), staircase.train(dim=2, init=0.05)
    for thing in (prediction, prediction.plateaus, run_, run_.columns, run_.comparison, staircase.kinds(), staircase.figures()):
        assert "<table>" in thing._repr_html_() and len(repr(thing).splitlines()) > 2
    ax = run_.plot()
    prediction.plot(ax=ax)
    assert len(ax.lines) == 2 and ax.get_xlabel() == "time"
    assert "&lt;" in staircase.Table({"a": ["<b>"]})._repr_html_()


def test_lists_and_figures():
    properties = (Path(__file__).resolve().parents[2] / "Directory.Build.props").read_text()
    assert f"<Version>{staircase.__version__}</Version>" in properties
    assert "separate-staircase" in staircase.figures().name and "regression" in staircase.kinds().name
    assert {"learning_rate", "dim"} <= set(staircase.keys().name) and len(staircase.cite()) > 3
    figure = staircase.reproduce("merged-white", quick=True)
    assert set(figure.checks.verdict) == {"holds"}
    with pytest.raises(staircase.InputError, match="merged-white"):
        staircase.reproduce("merged-whit")
    with pytest.raises(staircase.Stopped):
        staircase.reproduce("grokking", progress=lambda now: False)


def test_frames():
    pandas = pytest.importorskip("pandas")
    run_ = staircase.train(dim=2, init=0.05)
    frame = run_.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == ["step", "time", "loss", "m1", "m2"]
    assert len(staircase.compare(frame, dim=2, init=0.05).plateaus) == 3
