"""Runs from Python: the command's bits, tables of any kind, Ctrl-C, and what is read from a run."""

import copy
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pytest

import thalweg

matplotlib.use("Agg")

COMMAND = Path(__file__).parents[3] / "target" / "debug" / "thalweg"
SMALL = {"hidden": (6,), "epochs": 3, "progress": False}


@pytest.fixture(scope="module")
def frame():
    """200 rows with text, missing values and a class."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=200), rng.normal(size=200)
    color = np.where(x > 0, "red", "blue").astype(object)
    color[::17] = None
    y[::13] = np.nan
    kind = np.where(x + np.nan_to_num(y) > 0, "up", "down")
    return pd.DataFrame({"x": x, "y": y, "color": color, "kind": kind})


@pytest.fixture(scope="module")
def run(frame):
    return thalweg.train(frame, "kind", probe="light", record_path=True, **SMALL)


def same(one, other):
    return np.array_equal(one.network.parameters.view(np.uint32), other.network.parameters.view(np.uint32))


@pytest.mark.skipif(not COMMAND.exists(), reason="the command is not built: cargo build -p thalweg-cli")
def test_a_run_is_that_of_the_command_to_the_byte(frame, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    flags = "--target kind --hidden 6,4 --optimizer momentum:lr=0.05 --schedule step:step_size=2"
    flags += " --schedule momentum=linear --dropout 0.2 --epochs 4 --batch-size 16 --seed 3 --l2 1e-4"
    flags += " --probe light --record-path --group *.bias:lr=0.01"
    command = [COMMAND, "train", "table.csv", *flags.split(), "--out", "one", "--quiet"]
    subprocess.run(command, cwd=tmp_path, check=True)
    thalweg.train(
        tmp_path / "table.csv",
        "kind",
        out=tmp_path / "two",
        hidden=(6, 4),
        optimizer="momentum:lr=0.05",
        schedule=["step:step_size=2", "momentum=linear"],
        dropout=0.2,
        epochs=4,
        batch_size=16,
        seed=np.int64(3),
        probe="light",
        record_path=True,
        group="*.bias:lr=0.01",
        progress=False,
        threads=1,
        **{"training.l2": 1e-4},
    )
    one, two = ({path.name for path in (tmp_path / it).iterdir()} for it in ("one", "two"))
    assert one == two and "report.html" in one
    for name in ("model.safetensors", "trajectory.safetensors", "run.toml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_frame_has_the_bits_of_its_file_and_of_other_frames(frame, run, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    frame.to_parquet(tmp_path / "table.parquet")
    for data in (
        tmp_path / "table.csv",
        str(tmp_path / "table.parquet"),
        pl.from_pandas(frame),
        {name: frame[name].tolist() for name in frame},
    ):
        assert same(thalweg.train(data, "kind", **SMALL), run)
    features = frame.drop(columns="kind")
    assert same(thalweg.train(features, frame["kind"], threads=1, **SMALL), run)


def test_rules_and_schedules_may_be_objects():
    how = SMALL | {"schedule": "step:step_size=2"}
    texts = thalweg.train("moons:n=100", optimizer="adam:lr=0.03", **how)
    objects = {"optimizer": thalweg.optim.Adam(lr=0.03), "schedule": thalweg.schedules.Step(step_size=2)}
    assert same(thalweg.train("moons:n=100", **SMALL | objects), texts)


def test_a_frame_is_kept_in_the_folder_of_its_run(frame, run, tmp_path):
    kept = thalweg.train(frame, "kind", out=tmp_path / "run", probe="light", record_path=True, **SMALL)
    assert same(kept, run)
    again = thalweg.load(tmp_path / "run")
    assert same(again, run) and again.history["loss"] == kept.history["loss"]
    assert again.summary == kept.summary and again.path == tmp_path / "run"
    assert np.array_equal(again.landscape(grid=5).loss, run.landscape(grid=5).loss)
    repeated = thalweg.train(config=tmp_path / "run" / "run.toml", progress=False)
    assert same(repeated, run) and same(thalweg.train(config=again.config, progress=False), run)
    with pytest.raises(ValueError, match="has ended"):
        thalweg.resume(tmp_path / "run")
    with pytest.raises(FileExistsError, match="not empty"):
        thalweg.train(frame, "kind", out=tmp_path / "run", **SMALL)


def test_a_run_that_goes_on_ends_as_one_that_never_stopped(frame, tmp_path):
    how = SMALL | {"schedule": "constant"}
    thalweg.train(frame, "kind", out=tmp_path / "run", **how)
    longer = thalweg.resume(tmp_path / "run", epochs=6, progress=False)
    assert same(longer, thalweg.train(frame, "kind", **how | {"epochs": 6}))
    assert longer.history["epoch"] == [0, 1, 2, 3, 4, 5, 6]


def test_a_run_is_pickled_with_its_model_and_its_history(frame, run, tmp_path):
    again = pickle.loads(pickle.dumps(run))
    assert same(again, run) and repr(again) == repr(run)
    assert again.history == run.history and again.probes == run.probes and again.summary == run.summary
    np.testing.assert_array_equal(again.predict_proba(frame), run.predict_proba(frame))
    # Rows in memory stay where they are; those of a folder are read again.
    with pytest.raises(FileNotFoundError, match="folder"):
        again.noise()
    kept = thalweg.train(frame, "kind", out=tmp_path / "run", **SMALL)
    read = pickle.loads(pickle.dumps(kept))
    assert read.path == kept.path.absolute() and read.noise().to_dict()["rows"] == kept.noise().to_dict()["rows"]
    assert copy.deepcopy(run) is run and copy.copy(run) is run
    race = thalweg.compare(frame, "kind", optimizers=["adam", "sgd"], seeds=2, **SMALL)
    assert pickle.loads(pickle.dumps(race)).table == race.table


def test_what_a_run_tells(run):
    assert run.summary["outcome"] == "finished" and run.summary["epochs"] == 3
    assert run.config["network"]["hidden"] == [6] and run.config["training"]["epochs"] == 3
    history = run.history
    assert history["epoch"] == [0, 1, 2, 3] and history["loss"][0] is None
    assert {"lr", "validation_loss", "validation_accuracy", "seconds"} <= set(history)
    assert len(run.to_pandas()) == 4
    assert len(run.probes["gradient_norm"]) == len(run.probes["step"]) > 0
    assert run.target == "kind" and run.classes.tolist() == ["down", "up"]
    assert "y (missing)" in run.features and "color=red" in run.features
    assert "3 epochs" in repr(run) and "test" in repr(run)
    shown = run._repr_html_()
    assert "<svg" in shown and "accuracy" in shown
    assert run.plot().get_xlabel() == "epoch"


def test_predictions_are_found_by_name(frame, run, tmp_path):
    p = run.predict_proba(frame)
    assert p.shape == (200, 2) and np.allclose(p.sum(axis=1), 1)
    classes = run.predict(frame[["color", "y", "x"]])
    assert np.array_equal(classes, run.classes[p.argmax(axis=1)])
    frame.to_csv(tmp_path / "rows.csv", index=False)
    assert np.array_equal(run.predict_proba(str(tmp_path / "rows.csv")), p)
    found = run.evaluate(frame)
    assert found["rows"] == 200 and found["accuracy"] == pytest.approx(np.mean(classes == frame["kind"]))
    with pytest.warns(UserWarning, match="green"):
        run.predict(frame.assign(color="green"))
    run.save(tmp_path / "model.safetensors")
    model = thalweg.load(tmp_path / "model.safetensors")
    assert same(model, run) and model.history == {} and model.summary == {}
    assert "Run" in repr(model) and "<div>" in model._repr_html_()
    assert np.array_equal(model.predict(frame), classes)
    with pytest.raises(FileNotFoundError, match="folder of its run"):
        model.spectrum()


def test_classes_are_what_they_were_and_numbers_come_in_their_unit(frame):
    table = frame[["x", "y"]].fillna(0.0)
    label = (table["x"] > 0).astype(int) + 3
    digits = thalweg.train(table, label, task="classification", **SMALL)
    assert digits.classes.tolist() == [3, 4] and digits.predict(table).dtype.kind == "i"
    on = thalweg.train(table.assign(label=table["x"] > 0), "label", **SMALL)
    assert on.classes.tolist() == [False, True]
    line = thalweg.train(table.assign(z=1000 + 10 * table["x"]), "z", **SMALL | {"epochs": 30})
    assert abs(line.predict(table).mean() - 1000) < 10
    assert line.classes is None and "r2" in line.evaluate(table.assign(z=1000 + 10 * table["x"]))
    with pytest.raises(ValueError, match="no probabilities"):
        line.predict_proba(table)
    images = np.random.default_rng(0).integers(0, 255, size=(60, 4, 4), dtype=np.uint8)
    seen = thalweg.train(images, np.arange(60) % 2 == 0, **SMALL)
    assert seen.network.widths == [16, 6, 1] and seen.predict(images).dtype == bool


def test_the_network_is_arrays(frame, run):
    network = run.network
    assert list(network) == ["layer 1.weight", "layer 1.bias", "layer 2.weight", "layer 2.bias"]
    assert network["layer 1.weight"].shape == (6, len(run.features))
    assert network.n_parameters == sum(array.size for _, array in network.items()) == run.summary["parameters"]
    assert network.activations[0].startswith("relu") and len(network) == 4
    x = run.encode(frame)
    hidden = np.maximum(x @ network["layer 1.weight"].T + network["layer 1.bias"], 0)
    logit = hidden @ network["layer 2.weight"].T + network["layer 2.bias"]
    assert np.allclose(network(x), 1 / (1 + np.exp(-logit)), atol=1e-5)
    assert np.allclose(network.forward(x)[:, 0], run.predict_proba(frame)[:, 1])
    with pytest.raises(KeyError, match="layer 9"):
        network["layer 9.weight"]
    with pytest.raises(ValueError, match="features"):
        network.forward(np.zeros((2, 99)))


def test_instruments_say_what_the_command_prints(run, frame, tmp_path):
    seen = run.landscape(grid=7, rows=50)
    assert seen.directions == "pca" and seen.loss.shape == (7, 7) and len(seen.alpha) == 7
    assert seen.path["alpha"].shape == seen.path["step"].shape and seen.path["loss"][-1] > 0
    assert len(seen.to_pandas()) == 49 and seen.sentences and seen.rows[0] == 50
    assert seen.to_dict()["lambda_max"]["value"] and "<svg" in seen._repr_html_()
    assert seen.plot().get_title().startswith("pca")
    found = thalweg.spectrum(run, rows="all")
    assert found.lambda_min < found.lambda_max and found.shares.sum() == pytest.approx(1)
    assert found.trace[1] >= 0 and found.plot().get_xlabel() == "eigenvalue" and len(found.to_pandas())
    heard = thalweg.noise(run, groups=4)
    assert heard.batch > 0 and list(heard.to_pandas()) == ["batch", "seconds"] and heard.plot()
    other = thalweg.train(frame, "kind", **SMALL | {"seed": 1}, split_seed=0)
    between = thalweg.connect(run, other, places=5)
    assert len(between.to_pandas()) == 5 and between.plot() and between.barrier >= 0
    page = run.report()
    assert page.lower().startswith("<!doctype html>")
    run.report(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == page


def test_a_comparison_ranks_its_contenders(frame, tmp_path):
    how = dict(optimizers=["adam", "sgd:lr=0.1"], seeds=2, jobs=2, threads=2, hidden=(4,), epochs=3, progress=False)
    found = thalweg.compare(frame, "kind", out=tmp_path / "race", **how)
    assert {row["name"] for row in found.table} == {"adam", "sgd:lr=0.1"}
    assert len(found.trainings) == 4 and len(found.to_pandas()) == 2 and found.sentences
    assert "<table>" in found._repr_html_() and found.plot() and "best first" in repr(found)
    assert any("`tune=9` looks for each" in said for said in found.sentences)
    assert found.run("adam").summary["epochs"] == 3
    with pytest.raises(KeyError, match="adam"):
        found.run("adma")
    again = thalweg.compare(resume=tmp_path / "race", progress=False)
    assert again.to_dict() == found.to_dict()
    varied = thalweg.compare("moons:n=100", vary={"hidden": [(4, 2), (3,)]}, seeds=1, epochs=2, progress=False)
    assert {row["name"] for row in varied.table} == {"hidden=4,2", "hidden=3"}
    with pytest.raises(ValueError, match="nothing differs"):
        thalweg.compare("digits")
    with pytest.raises(ValueError, match="dropout"):
        thalweg.compare("digits", vary={"droput": [0, 0.5]})


def test_errors_are_the_librarys_and_come_at_once(frame):
    with pytest.raises(ValueError) as refused:
        wrong = {"epoch": 3, "optimizer": "adam:lr=-1", "batch_size": 0, "patience": None, "netwrok.hidden": 3}
        thalweg.train(frame, "kind", **wrong)
    for words in ("`epochs`", "`lr` of `adam`", "`batch_size`", '"never"', "`network`"):
        assert words in str(refused.value)
    with pytest.raises(FileNotFoundError, match="digits"):
        thalweg.train("digist")
    with pytest.raises(FileNotFoundError, match="absent.csv"):
        thalweg.train("absent.csv", "y")
    with pytest.raises(ValueError, match="did you mean `kind`"):
        thalweg.train(frame, "knid")
    with pytest.raises(ValueError, match="`target="):
        thalweg.train(frame)
    with pytest.raises(ValueError, match="missing"):
        thalweg.train(frame.assign(z=[np.nan] + [1.0, 2.0] * 99 + [0.5]), "z")
    with pytest.raises(FileNotFoundError):
        thalweg.load("runs/absent")
    with pytest.raises(FileNotFoundError):
        thalweg.resume("runs/absent")
    with pytest.raises(TypeError, match="DataFrame"):
        thalweg.train(7)
    with pytest.raises(ValueError, match="cannot be of type"):
        thalweg.train("digits", hidden=object())
    with pytest.raises(ValueError, match="no columns"):
        thalweg.train({}, "y")
    with pytest.raises(ValueError, match="1 to 1024"):
        thalweg.train("digits", threads=0)
    images = np.zeros((40, 3, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="images"):
        thalweg.train(images, np.arange(40) % 2, out="never")
    assert not os.path.exists("never")
    with pytest.raises(ValueError, match="twice"):
        thalweg.train("digits", lr=0.1, optimizer="adam:lr=0.2")
    assert thalweg.train(frame.assign(z=[None] + ["a", "b"] * 99 + ["a"]), "z", drop_missing_target=True, **SMALL)


def test_wrong_columns_at_prediction_are_named(frame, run):
    with pytest.raises(ValueError, match="`x`"):
        run.predict(frame.drop(columns="x"))
    with pytest.raises(ValueError, match="a number"):
        run.predict(frame.assign(x="word"))
    with pytest.raises(ValueError, match="class"):
        run.evaluate(frame.assign(kind="sideways"))
    with pytest.raises(FileNotFoundError):
        run.predict("absent.csv")


def test_progress_is_told_and_what_it_raises_is_raised(frame):
    told = []
    thalweg.train(frame, "kind", **SMALL | {"progress": lambda *it: told.append(it)})
    assert [it[0] for it in told if it[2]] == [0, 1, 2, 3]
    assert "accuracy" in told[-1][2]

    def stop(done, loss, scores):
        if done >= 1:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        thalweg.train(frame, "kind", **SMALL | {"progress": stop})
    thalweg.train(frame, "kind", **SMALL | {"progress": True})


def test_ctrl_c_keeps_what_was_trained(frame, tmp_path):
    """The training is far too long; it is the interrupt that ends it."""

    def press(done, loss, scores):
        if done >= 2:
            signal.raise_signal(signal.SIGINT)

    long = SMALL | {"epochs": 1_000_000, "patience": "never"}
    with pytest.warns(RuntimeWarning, match="resume"):
        run = thalweg.train(frame, "kind", out=tmp_path / "run", **long | {"progress": press})
    assert run.summary["outcome"] == "interrupted" and run.summary["epochs"] >= 2
    assert run.predict(frame).shape == (200,)
    done = run.summary["epochs"]
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    with pytest.warns(RuntimeWarning, match="so far"):
        longer = thalweg.train(resume=tmp_path / "run", progress=False)
    assert time.monotonic() - begun < 10 and longer.summary["epochs"] > done


def test_other_threads_of_python_run_while_it_trains():
    counted, ended = [0], threading.Event()

    def count():
        while not ended.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    thalweg.train("digits", epochs=60, patience=60, hidden=(64,), progress=False)
    ended.set()
    thread.join()
    assert counted[0] > 20


def test_importing_is_light():
    code = (
        "import sys, time; begun = time.perf_counter(); import thalweg; spent = time.perf_counter() - begun;"
        "thalweg.train; heavy = {'sklearn', 'pandas', 'matplotlib', 'polars', 'tqdm'} & set(sys.modules);"
        "print(spent); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 0.1


def test_validation_and_test_rows_may_be_tables(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(300, 3)), columns=["a", "b", "c"])
    table["kind"] = np.where(table.a + table.b > 0, "up", "down")
    parts = {"data": table[:200], "validation": table[200:260], "test": table[260:]}
    for name, part in parts.items():
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    how = {"hidden": (8,), "epochs": 4, "schedule": "constant", "progress": False}
    data, validation, test = (tmp_path / f"{name}.csv" for name in parts)
    of_files = thalweg.train(data, "kind", validation=str(validation), test=str(test), **how)
    expected = of_files.network.parameters

    def check(run):
        np.testing.assert_array_equal(run.network.parameters, expected)
        assert [run.summary[part]["loss"] for part in ("validation", "test")] == [
            of_files.summary[part]["loss"] for part in ("validation", "test")
        ]

    others = {name: parts[name] for name in ("validation", "test")}
    check(thalweg.train(parts["data"], "kind", **others, **how))
    check(thalweg.train(data, "kind", **{name: pl.from_pandas(part) for name, part in others.items()}, **how))
    pairs = {name: (part[["a", "b", "c"]], part.kind.to_numpy()) for name, part in others.items()}
    check(thalweg.train(parts["data"], "kind", **pairs, **how))

    # A folder has them too: a run goes on from there, and a comparison reads them there.
    out = tmp_path / "run"
    check(thalweg.train(parts["data"], "kind", out=out, **others, **how))
    assert {"data.parquet", "validation.parquet", "test.parquet"} <= {path.name for path in out.iterdir()}
    longer = thalweg.resume(out, epochs=6, progress=False)
    assert longer.summary["epochs"] == 6
    found = thalweg.compare(
        parts["data"], "kind", optimizers=["adam", "sgd:lr=0.1"], seeds=1, validation=parts["validation"], **how
    )
    assert {row["name"] for row in found.table} == {"adam", "sgd:lr=0.1"}

    with pytest.raises(TypeError, match="a pair of features and targets"):
        thalweg.train(parts["data"], "kind", validation=(1, 2, 3), **how)
    with pytest.raises(TypeError, match="target="):
        thalweg.train("moons:n=200", validation=(np.zeros((9, 2)), np.zeros(9)), **how)
    with pytest.raises(ValueError, match="`kind`.*`validation`|`validation`.*`kind`"):
        thalweg.train(parts["data"], "kind", validation=table[["a", "b", "c"]], **how)


@pytest.mark.skipif(not COMMAND.exists(), reason="the command is not built: cargo build -p thalweg-cli")
def test_what_is_looked_at_before_a_training_is_what_the_command_tells(frame, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)

    def told(*arguments):
        command = [COMMAND, *arguments, "--target", "kind", "--json"]
        return json.loads(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout)

    seen = thalweg.inspect(frame, "kind")
    assert seen.to_dict() | {"memory": None} == told("inspect", "table.csv") | {"memory": None}
    assert thalweg.inspect(tmp_path / "table.csv").memory["needed"] > 0 and seen.memory is None
    assert (seen.rows, seen.task, len(seen.to_pandas())) == (200, "classification", 4)
    assert "<table>" in seen._repr_html_() and "200 rows" in repr(seen)
    with pytest.raises(ValueError, match="did you mean `kind`"):
        thalweg.inspect(frame, "kid")

    found = thalweg.lr_find(frame, "kind", hidden=(6,), steps=40, repeats=2, batch_size=32)
    expected = told("lr-find", "table.csv", *"--hidden 6 --steps 40 --repeats 2 --batch-size 32".split())
    assert found.suggestion == expected["suggestion"]
    assert found.to_dict()["curves"] == expected["curves"]
    assert list(found.to_pandas().columns) == ["lr", "loss", "center", "smoothed", "sweep"]
    assert "<svg" in found._repr_html_() and found.plot().get_xscale() == "log" and repr(found)
    with pytest.raises(ValueError, match="`low` must be below `high`"):
        thalweg.lr_find(frame, "kind", low=1.0, high=0.1)


def test_ctrl_c_ends_a_measurement(tmp_path):
    """Each would take minutes; the run can be measured afterwards as if nothing had been."""
    run = thalweg.train("digits", hidden=(256, 256), epochs=1, record_path=True, progress=False, threads=2)
    before = run.noise(rows=64, groups=4).to_dict()["simple"]
    for long in [
        lambda: run.landscape(grid=1001, rows="all"),
        lambda: run.spectrum(products=5000, rows="all"),
        lambda: thalweg.lr_find("digits", hidden=(256, 256), steps=100_000, repeats=100, threads=2),
    ]:
        timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            long()
        timer.join()
        assert time.monotonic() - begun < 20
    assert run.noise(rows=64, groups=4).to_dict()["simple"] == before
