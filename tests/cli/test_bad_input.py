"""Bad input: one clear sentence, exit 2, nothing written and nothing changed."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import zipfile

import polars as pl
import pytest

from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, save_model, train

ROWS = 40


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def table(**columns):
    """A table with an input x of 40 numbers, and other columns."""
    return pl.DataFrame({"x": [i * 0.37 % 5 for i in range(ROWS)], **columns})


def edited(path, **members):
    """The bytes of a model file with members changed and checksums put right."""
    source = zipfile.ZipFile(path)
    found = {name: source.read(name) for name in source.namelist()}
    header = json.loads(found.pop("chainrule.json"))
    for name, change in members.items():
        member = {"schema": "schema.json", "header": None}[name]
        if member is None:
            header |= change
        else:
            found[member] = change(found[member])
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    header["members"] = sums | header.get("members_override", {})
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, data in {**found, "chainrule.json": json.dumps(header).encode()}.items():
            archive.writestr(name, data)
    return stored.getvalue()


def origin_of(path):
    return json.loads(zipfile.ZipFile(path).read("chainrule.json"))["origin"]


def os_system(schema):
    """The schema with a function of the operating system in the place of a type."""
    text = schema.decode()
    node = '{"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"}'
    found = json.loads(text)
    found["content"]["content"]["memory"] = json.loads(node)
    return json.dumps(found).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, models):
    """Everything bad that the cases name."""
    here = tmp_path_factory.mktemp("bad")
    for name in ("penguins", "diabetes"):
        shutil.copy(models / f"{name}.chainrule", here)
    write_tables(here)
    write_models(here)
    weighted = Table(pl.read_csv(here / "weights.csv"), "weights", None, "y", "")
    settings = TrainSettings(epochs=1, weights="w", drop=("minus", "zero"))
    save_model(here / "weighted.chainrule", train(weighted, settings).model)
    (here / "folder").mkdir()
    return here


def write_tables(here):
    half = ["a", "b"] * (ROWS // 2)
    numbers = [float(i * i % 17) + i / 7 for i in range(ROWS)]
    tables = {
        "good": table(y=half),
        "numbers": table(price=numbers, area=numbers[::-1]),
        "one_class": table(y=["a"] * ROWS),
        "missing_target": table(y=[*half[:-3], None, "a", "b"]),
        "all_different": table(y=[f"name {i}" for i in range(ROWS)]),
        "lonely_class": table(y=[*half[:-1], "c"]),
        "one_row": table(y=half)[:1],
        "infinite": table(y=half, z=[*numbers[:4], float("inf"), *numbers[5:]]),
        "infinite_target": table(y=[*numbers[:4], float("inf"), *numbers[5:]]),
        "more_classes": table(y=[*half[:-2], "c", "c"]),
        "without_x": table(y=half).drop("x").with_columns(w=pl.lit(1.0)),
        "without_y": table(),
        "mixed": table(y=half, z=["n/a?", *map(str, range(1, ROWS))]),
        "constant": pl.DataFrame({"c": [1] * ROWS, "y": half}),
        "class_groups": table(y=half, g=["u", "v"] * (ROWS // 2)),
        "weights": table(y=half, w=numbers, minus=[1.0, 0.0, -2.5, *numbers[3:]], zero=[0] * ROWS),
        "weights_large": table(y=half, w=[1.0, 1e20, *numbers[2:]]),
        "weights_missing": table(y=half, w=[0.0, None, *numbers[2:]]),
        "weights_text": table(y=half, w=["1", "2", "much", *map(str, numbers[3:])]),
        "weights_infinite": table(y=half, w=[1.0, float("inf"), *numbers[2:]]),
        "weights_date": table(y=half, w=["2024-01-01"] * ROWS),
        # Row 1 is left out: the rows after it are told by their own numbers all the same.
        "weights_and_missing": table(y=[None, "a", None, *half[3:]], w=[0.0] + [1.0] * (ROWS - 1)),
        "weights_and_alone": table(y=["c", *half[1:-1], "c"], w=[0.0] + [1.0] * (ROWS - 1)),
        "below_zero": table(y=[*numbers[:6], -2.5, *numbers[7:]], w=[0.0] + [1.0] * (ROWS - 1)),
    }
    for name, frame in tables.items():
        frame.write_csv(here / f"{name}.csv")
    penguins = load_example("penguins").frame
    penguins.drop("year").write_csv(here / "no_year.csv")
    penguins.drop("species").write_csv(here / "no_species.csv")
    penguins.with_columns(body_mass_g=pl.lit("heavy")).write_csv(here / "heavy.csv")
    penguins.with_columns(species=pl.lit("Emperor")).write_csv(here / "emperor.csv")
    penguins.with_columns(species=pl.lit(None, dtype=pl.String)).write_csv(here / "unknown.csv")
    texts = {
        "empty.csv": b"",
        "header.csv": b"x,y\n",
        "broken.csv": b"x,y\n1,a\n2,b\n3,c,d,e\n4,a\n",
        "latin.csv": "x,y\n1,a\n2,caf\xe9\n".encode("latin-1"),
        "utf16.csv": "x,y\n1,a\n".encode("utf-16"),
        "twice.csv": b"x,x,y\n1,2,a\n3,4,b\n",
        "sheet.xlsx": b"PK\x03\x04",
        "noending": b"x,y\n1,a\n",
        "broken.parquet": b"PAR1 not really",
        "broken.jsonl": b'{"x": 1, "y": "a"}\n{"x": \n',
        "broken.csv.gz": b"\x1f\x8b\x08 nonsense",
    }
    for name, content in texts.items():
        (here / name).write_bytes(content)


def write_models(here):
    whole = (here / "penguins.chainrule").read_bytes()
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("word/document.xml", "<xml/>")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    bomb = pickle.dumps(Bomb(str(here / "unpickled")))
    path = here / "penguins.chainrule"
    files = {
        "truncated": whole[: len(whole) // 2],
        "flipped": bytes(flipped),
        "foreign": foreign.getvalue(),
        "random": bytes(range(256)) * 20,
        "pickle": bomb,
        "text": b"this is no model",
        "nothing": b"",
        "newer": edited(path, header={"format": 99}),
        "older": edited(path, header={"format": 1}),
        "other_classes": edited(
            path, header={"origin": {**origin_of(path), "classes": ["a", "b"]}}
        ),
        "other_kind": edited(path, header={"kind": "recipe"}),
        "no_origin": edited(path, header={"origin": {}}),
        "function": edited(path, schema=os_system),
        "no_schema": edited(path, schema=lambda _: b"{}"),
    }
    for name, content in files.items():
        (here / f"{name}.chainrule").write_bytes(content)


#: What is typed ({} is the folder of bad things) and words that the sentence must hold.
CASES = {
    # the table
    "missing file": ("train {}/absent.csv -t y", "no file absent.csv"),
    "no such example": ("train pengins", "penguins"),
    "empty file": ("train {}/empty.csv -t y", "empty"),
    "header only": ("train {}/header.csv -t y", "header.csv rows"),
    "directory": ("train {}/folder -t y", "folder directory"),
    "wrong ending": ("train {}/sheet.xlsx -t y", ".xlsx .csv"),
    "no ending": ("train {}/noending -t y", "ending"),
    "broken row": ("train {}/broken.csv -t y", "4 broken.csv"),
    "latin-1": ("train {}/latin.csv -t y", "line 3 UTF-8"),
    "utf-16": ("train {}/utf16.csv -t y", "UTF-16"),
    "duplicate columns": ("train {}/twice.csv -t y", "'x'"),
    "broken parquet": ("train {}/broken.parquet -t y", "broken.parquet"),
    "broken jsonl": ("train {}/broken.jsonl -t y", "line 2"),
    "broken gzip": ("train {}/broken.csv.gz -t y", "gzip"),
    "one row": ("train {}/one_row.csv -t y", "one row"),
    "text among numbers": ("train {}/mixed.csv -t y", "'z' 'n/a?' row 1"),
    "infinity": ("train {}/infinite.csv -t y", "'z' inf row 5"),
    "no usable column": ("train {}/constant.csv -t y", "no column constant"),
    # the target
    "no target": ("train {}/good.csv", "--target x, y"),
    "unknown target": ("train {}/numbers.csv -t pric", "'pric' 'price'"),
    "one class": ("train {}/one_class.csv -t y", "'y' 'a' every row"),
    "missing in target": ("train {}/missing_target.csv -t y", "'y' missing row 38"),
    "target all different": ("train {}/all_different.csv -t y", "different each"),
    "class of one row": ("train {}/lonely_class.csv -t y", "'c' one row"),
    "infinite target": ("train {}/infinite_target.csv -t y", "inf row 5"),
    "text target as number": ("train {}/good.csv -t y --task regression", "'a' number"),
    "unknown task": ("train penguins --task guessing", "classification regression"),
    # the test table
    "more classes in test": ("train {}/good.csv -t y --test {}/more_classes.csv", "'c' classes"),
    "column missing in test": ("train {}/good.csv -t y --test {}/without_x.csv", "'x'"),
    "target missing in test": ("train {}/good.csv -t y --test {}/without_y.csv", "'y'"),
    "missing cell in test": (
        "train {}/good.csv -t y --test {}/missing_target.csv",
        "'y' row 38",
    ),
    "test file missing": ("train {}/good.csv -t y --test {}/absent.csv", "absent.csv"),
    # options
    "test fraction 0": ("train penguins --test-fraction 0", "--test-fraction greater 0"),
    "test fraction 1": ("train penguins --test-fraction 1", "--test-fraction smaller 1"),
    "test fraction nan": ("train penguins --test-fraction nan", "--test-fraction nan"),
    "negative rate": ("train penguins --learning-rate -1", "--learning-rate -1"),
    "zero rate": ("train penguins --learning-rate 0", "--learning-rate greater 0"),
    "infinite rate": ("train penguins --learning-rate inf", "--learning-rate inf"),
    "zero epochs": ("train penguins --epochs 0", "epochs at least 1"),
    "epochs in words": ("train penguins --epochs ten", "--epochs integer"),
    "layer of size 0": ("train penguins --layers 8,0", "layer at least 1 0"),
    "negative layer": ("train penguins --layers=-5", "layer at least 1 -5"),
    "layers in words": ("train penguins --layers big", "--layers 'big'"),
    "dropout 1.5": ("train penguins --dropout 1.5", "dropout smaller 1 1.5"),
    "dropout per layer": ("train penguins --dropout 0.1,0.1,0.1", "dropout 2 hidden layers 3"),
    "dropout in words": ("train penguins --dropout some", "--dropout 'some'"),
    "unknown activation": ("train penguins --activation rleu", "activation relu 'rleu'"),
    "activation per layer": ("train penguins --activation relu,tanh,relu", "2 hidden layers 3"),
    "unknown solver": ("train penguins --solver newtn", "--solver newton 'newtn'"),
    "negative l1": ("train penguins --l1 -0.1", "l1 at least 0"),
    "negative l2": ("train penguins --l2 -0.1", "l2 at least 0"),
    "batch 0": ("train penguins --batch 0", "--batch at least 1"),
    "patience 0": ("train penguins --patience 0", "patience at least 1"),
    "negative seed": ("train penguins --seed -3", "seed at least 0 -3"),
    "huge seed": ("train penguins --seed 5000000000", "seed smaller"),
    "zero threads": ("train penguins --threads 0", "threads at least 1"),
    "validation fraction 1": (
        "train penguins --held-out 1",
        "--held-out smaller 1",
    ),
    "unknown kind": ("train penguins --kind year=fruit", "'fruit' number"),
    "kind of no column": ("train penguins --kind yaer=number", "'yaer' 'year'"),
    "kind without sign": ("train penguins --kind year", "COLUMN=KIND 'year'"),
    "kind of the target": ("train penguins --kind species=number", "'species' target --task"),
    "kind that does not fit": ("train penguins --kind sex=number", "'sex' number"),
    "drop no column": ("train penguins --drop yaer", "'yaer' 'year'"),
    "drop the target": ("train penguins --drop species", "'species' target"),
    "diverging": ("train diabetes --solver sgd --learning-rate 1e30", "training rate"),
    # models
    "unknown model": ("train penguins --model svm", "--model network logistic 'svm'"),
    "logistic for numbers": ("train diabetes --model logistic", "--model logistic number linear"),
    "linear for classes": ("train penguins --model linear", "--model linear class logistic"),
    "perceptron for numbers": ("train diabetes --model perceptron", "--model perceptron linear"),
    "newton with layers": ("train penguins --solver newton --layers 8", "newton --layers lbfgs"),
    "newton without layers": ("train penguins --solver newton --layers none", "--layers"),
    "newton for a network": ("train penguins --solver newton --model network", "newton network"),
    "newton with dropout": ("train penguins --solver newton --dropout 0.1", "--dropout newton"),
    "layers of a neuron": ("train penguins --model logistic --layers 8", "--layers logistic"),
    "activation of a neuron": ("train diabetes --model linear --activation tanh", "--activation"),
    "dropout of a neuron": ("train penguins --model perceptron --dropout 0.1", "--dropout neuron"),
    "restarts of a neuron": ("train diabetes --model linear --restarts 3", "--restarts neuron"),
    "start of a neuron": ("train diabetes --model linear --initialization he", "--initialization"),
    "solver of a perceptron": ("train penguins --model perceptron --solver sgd", "--solver"),
    "batches of a perceptron": ("train penguins --model perceptron --batch 8", "--batch"),
    "rate of a perceptron": ("train penguins --model perceptron --learning-rate find", "find rate"),
    "activation without layers": ("train iris --layers none --activation tanh", "--activation"),
    "dropout without layers": ("train iris --layers none --dropout 0.1", "--dropout"),
    "unknown initialization": ("train iris --initialization xavier", "glorot 'xavier'"),
    # ways of learning
    "momentum of adam": ("train iris --momentum 0.5", "--momentum sgd nesterov adam"),
    "momentum above 1": ("train iris --solver sgd --momentum 1.5", "--momentum most 1 1.5"),
    "decay of adam": ("train iris --weight-decay 0.1", "--weight-decay adamw adam"),
    "negative decay": ("train iris --solver adamw --weight-decay -1", "--weight-decay 0 -1"),
    "rate of lbfgs": ("train iris --solver lbfgs --learning-rate 0.1", "--learning-rate lbfgs"),
    "rate of newton": ("train iris --solver newton --learning-rate 0.1", "--learning-rate newton"),
    "rate, but no solver": ("train iris --model logistic --learning-rate 0.1", "--solver Newton's"),
    "rate in words": ("train iris --learning-rate fast", "--learning-rate find 'fast'"),
    "batches of gd": ("train iris --solver gd --batch 8", "--batch gd"),
    "dropout with lbfgs": ("train iris --solver lbfgs --dropout 0.1", "--dropout lbfgs"),
    "unknown schedule": ("train iris --schedule cosin", "--schedule cosine 'cosin'"),
    "schedule of lbfgs": ("train iris --solver lbfgs --schedule step", "--schedule lbfgs"),
    "adaptive adam": ("train iris --schedule adaptive", "--schedule adam plateau"),
    "invscaling adam": ("train iris --schedule invscaling", "--schedule adam inverse_time"),
    "warm-up to the end": ("train iris --warm-up 200", "--warm-up 200 --epochs"),
    "warm-up 0": ("train iris --warm-up 0", "--warm-up at least 1"),
    "unknown number of a schedule": (
        "train iris --schedule step:evry=3",
        "--schedule 'step:evry=3' 'evry' 'every'",
    ),
    "absurd number of a schedule": ("train iris --schedule step:factor=3", "--schedule factor 1 3"),
    "numbers without a name": ("train iris --schedule step:3", "--schedule NAME=VALUE '3'"),
    "numbers of no schedule": ("train iris --schedule stp:every=3", "--schedule step 'stp'"),
    "l1 of muon": ("train iris --solver muon --l1 0.1", "--l1 muon --l2 --solver nadam"),
    "clip norm 0": ("train iris --clip-norm 0", "--clip-norm greater 0"),
    "clip norm of newton": ("train iris --solver newton --clip-norm 1", "--clip-norm newton"),
    "unknown class weight": ("train iris --class-weight even", "--class-weight balanced 'even'"),
    "weight of no class": (
        "train penguins --class-weight Adelle=2",
        "--class-weight 'Adelle' 'Adelie'",
    ),
    "weight in words": ("train penguins --class-weight Adelie=two", "--class-weight 'Adelie=two'"),
    "weight below 0": ("train penguins --class-weight Adelie=-1", "--class-weight greater -1"),
    "class weight of numbers": ("train diabetes --class-weight balanced", "--class-weight number"),
    # against overfitting
    "max norm below 0": ("train iris --max-norm -1", "--max-norm -1"),
    "label smoothing 1": ("train iris --label-smoothing 1", "--label-smoothing smaller 1"),
    "label smoothing of numbers": ("train diabetes --label-smoothing 0.1", "--label-smoothing"),
    "input dropout 1": ("train iris --input-dropout 1", "--input-dropout smaller 1"),
    "negative noise": ("train iris --input-noise -1", "--input-noise -1"),
    # when to stop
    "both": ("train iris --early-stopping --no-early-stopping", "--no-early-stopping choose"),
    "held out, but no stopping": ("train iris --no-early-stopping --held-out 0.2", "--held-out"),
    "monitor, but no stopping": ("train iris --no-early-stopping --monitor loss", "--monitor"),
    "patience, but no stopping": (
        "train iris --no-early-stopping --patience 5 --solver lbfgs",
        "--patience stopping",
    ),
    "unknown monitor": ("train iris --monitor acuracy", "--monitor 'acuracy' 'accuracy'"),
    "monitor of two classes": ("train iris --monitor roc_auc", "--monitor roc_auc score"),
    "monitor of numbers": ("train iris --monitor r2", "--monitor r2 score"),
    "monitor of positive numbers": (
        "train diabetes --monitor neg_mean_absolute_percentage_error",
        "--monitor standardized neg_mean_absolute_error",
    ),
    "monitor of probabilities": (
        "train penguins --model perceptron --monitor neg_log_loss",
        "--monitor neg_log_loss",
    ),
    "negative change": ("train iris --min-change -1", "--min-change -1"),
    "never watched": ("train iris --epochs 5 --start-from-epoch 5", "--start-from-epoch --epochs"),
    # several starts
    "no starts": ("train iris --restarts 0", "--restarts at least 1"),
    "average of one": ("train iris --combine average", "--combine --restarts 2"),
    "unknown combination": ("train iris --restarts 2 --combine sum", "--combine average 'sum'"),
    # groups
    "no such groups": ("train penguins --groups iland", "'iland' 'island'"),
    "groups are the target": ("train penguins --groups species", "'species' target groups"),
    "kind of the groups": ("train penguins --groups island --kind island=category", "'island'"),
    "missing groups": ("train penguins --groups sex", "'sex' row 4"),
    "one group": ("train {}/one_class.csv -t x --groups y", "'y' one group"),
    "a class in each group": ("train {}/class_groups.csv -t y --groups g", "groups 'y' --test"),
    # weights
    "no such weights": ("train {}/weights.csv -t y --weights minu", "'minu' 'minus'"),
    "weights below 0": ("train {}/weights.csv -t y --weights minus", "'minus' row 3 -2.5 least 0"),
    "weights too large": ("train {}/weights_large.csv -t y --weights w", "'w' row 2 1e+20 most"),
    "weights all 0": ("train {}/weights.csv -t y --weights zero", "'zero' every 0"),
    "weights missing": ("train {}/weights_missing.csv -t y --weights w", "'w' row 2 no weight"),
    "weights in words": ("train {}/weights_text.csv -t y --weights w", "'w' 'much' row 3"),
    "infinite weight": ("train {}/weights_infinite.csv -t y --weights w", "'w' inf row 2"),
    "dates as weights": ("train {}/weights_date.csv -t y --weights w", "'w' '2024-01-01' row 1"),
    "weights are the target": ("train {}/weights.csv -t y --weights y", "'y' weights target"),
    "weights are the groups": (
        "train {}/weights.csv -t y --weights w --groups w",
        "'w' weights groups",
    ),
    "weights dropped": ("train {}/weights.csv -t y --weights w --drop w", "'w' weights dropped"),
    "kind of the weights": (
        "train {}/weights.csv -t y --weights w --kind w=number",
        "'w' weights --kind",
    ),
    "weights missing in test": (
        "train {}/weights.csv -t y --weights w --drop minus --drop zero --test {}/good.csv",
        "lack 'w'",
    ),
    "missing target after a row left out": (
        "train {}/weights_and_missing.csv -t y --weights w",
        "'y' row 3",
    ),
    "class left alone": ("train {}/weights_and_alone.csv -t y --weights w", "'c' one row"),
    "monitor without weights": (
        "train {}/weights.csv -t y --weights w --monitor adjusted_rand_score",
        "--monitor adjusted_rand_score weights",
    ),
    "evaluate without weights": ("evaluate {}/weighted.chainrule {}/good.csv", "lack 'w'"),
    # counts
    "counts below 0": (
        "train {}/below_zero.csv -t y --loss poisson --weights w",
        "--loss poisson 'y' -2.5 row 7 squared_error",
    ),
    "unknown loss": ("train diabetes --loss absolute_error", "--loss poisson 'absolute_error'"),
    "loss of classes": ("train iris --loss poisson --task classification", "--loss numbers class"),
    "loss of words": ("train penguins --loss poisson", "'Adelie' number"),
    "loss of a neuron": ("train diabetes --model linear --loss poisson", "--loss linear neuron"),
    # output
    "output in no folder": ("train penguins -o {}/absent/a.chainrule", "absent does not exist"),
    "output below a file": ("train penguins -o {}/good.csv/a.chainrule", "good.csv not a folder"),
    "output in /proc": ("train penguins -o /proc/a.chainrule", "/proc/a.chainrule written"),
    "output is a table": ("train penguins -o {}/good.csv", ".chainrule"),
    # the command line itself
    "no data": ("train", "DATA"),
    "unknown option": ("train penguins --layer 8", "--layer"),
    "unknown command": ("trian penguins", "trian"),
    # models
    "no model": ("predict {}/absent.chainrule penguins", "absent.chainrule"),
    "model is a folder": ("predict {}/folder penguins", "folder"),
    "model truncated": ("predict {}/truncated.chainrule penguins", "truncated.chainrule damaged"),
    "model flipped": ("predict {}/flipped.chainrule penguins", "flipped.chainrule damaged"),
    "model foreign": ("info {}/foreign.chainrule", "foreign.chainrule not a chainrule model"),
    "model random": ("info {}/random.chainrule", "random.chainrule not a chainrule model"),
    "model pickle": ("info {}/pickle.chainrule", "pickle.chainrule not a chainrule model"),
    "model text": ("info {}/text.chainrule", "text.chainrule not a chainrule model"),
    "model empty": ("info {}/nothing.chainrule", "nothing.chainrule not a chainrule model"),
    "model newer": ("info {}/newer.chainrule", "newer.chainrule format 99 upgrade"),
    "model of another kind": ("info {}/other_kind.chainrule", "not a chainrule model"),
    "model without origin": ("info {}/no_origin.chainrule", "no_origin.chainrule damaged"),
    "model without schema": ("info {}/no_schema.chainrule", "no_schema.chainrule damaged"),
    "model with a function": ("info {}/function.chainrule", "function.chainrule posix.system"),
    # using a model
    "column missing": ("predict {}/penguins.chainrule {}/no_year.csv", "'year'"),
    "column missing, parquet": (
        "predict {}/penguins.chainrule {}/no_year.csv -o p.parquet",
        "'year'",
    ),
    "text for a number": (
        "predict {}/penguins.chainrule {}/heavy.csv -o p.csv",
        "'body_mass_g' 'heavy' row 1",
    ),
    "predict no data": ("predict {}/penguins.chainrule {}/absent.csv", "absent.csv"),
    "predict into .txt": ("predict {}/penguins.chainrule penguins -o p.txt", ".csv .parquet"),
    "predict over the data": (
        "predict {}/penguins.chainrule {}/good.csv -o {}/good.csv",
        "good.csv itself",
    ),
    "predict over the model": (
        "predict {}/penguins.chainrule penguins -o {}/penguins.chainrule",
        "model file itself",
    ),
    "predict into no folder": (
        "predict {}/penguins.chainrule penguins -o {}/absent/p.csv",
        "absent does not exist",
    ),
    "model older": ("info {}/older.chainrule", "older.chainrule format 1 train"),
    "model of other classes": ("info {}/other_classes.chainrule", "other_classes damaged"),
    "probabilities of numbers": (
        "predict {}/diabetes.chainrule diabetes --probabilities",
        "--probabilities",
    ),
    "evaluate without target": ("evaluate {}/penguins.chainrule {}/no_species.csv", "'species'"),
    "evaluate unseen class": (
        "evaluate {}/penguins.chainrule {}/emperor.csv",
        "'Emperor' 'Adelie'",
    ),
    "evaluate missing target": (
        "evaluate {}/penguins.chainrule {}/unknown.csv",
        "'species' missing 344",
    ),
    "evaluate other table": ("evaluate {}/penguins.chainrule iris", "columns 'island'"),
    "unknown part": ("evaluate {}/penguins.chainrule penguins --part half", "part 'half'"),
    "part of other data": ("evaluate {}/penguins.chainrule {}/good.csv --part test", "--part"),
}
#: These run the installed command in a process of its own.
INSTALLED = (
    *("missing file", "broken row", "latin-1", "unknown target", "more classes in test"),
    *("zero epochs", "epochs in words", "diverging", "output in /proc", "no data"),
    *("model truncated", "model pickle", "column missing, parquet", "evaluate unseen class"),
)


def snapshot(folder):
    """Every file below a folder with its content."""
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def check(result, words):
    assert result.code == 2, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    sentence = lines[0]
    assert sentence.startswith("error: ")
    assert "Traceback" not in sentence
    assert "chainrule.errors" not in sentence
    for word in words.split(" "):
        assert word in sentence, (word, sentence)


@pytest.mark.parametrize("name", [name for name in CASES if name not in INSTALLED])
def test_bad_input(name, run, folder, tmp_path):
    typed, words = CASES[name]
    before = snapshot(folder)
    check(run(*typed.replace("{}", str(folder)).split()), words)
    assert snapshot(folder) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", INSTALLED)
def test_bad_input_to_the_installed_command(name, run_installed, folder, tmp_path):
    typed, words = CASES[name]
    before = snapshot(folder)
    check(run_installed(*typed.replace("{}", str(folder)).split()), words)
    assert snapshot(folder) == before
    assert list(tmp_path.iterdir()) == []


def test_enough_cases():
    assert len(CASES) >= 40


def test_extra_columns_are_told_and_harmless(run, folder, tmp_path):
    wider = load_example("penguins").frame.with_columns(ring=pl.lit("A7"))
    wider.write_csv(tmp_path / "wider.csv")
    result = run("predict", folder / "penguins.chainrule", tmp_path / "wider.csv", "-o", "p.csv")
    assert result.code == 0
    assert result.stderr.startswith("note: the column 'ring' is not used by this model\n")
    assert pl.read_csv(tmp_path / "p.csv").height == wider.height


def test_an_earlier_file_survives_a_failure(run, folder, tmp_path):
    (tmp_path / "p.csv").write_text("precious")
    model = folder / "penguins.chainrule"
    assert run("predict", model, folder / "heavy.csv", "-o", "p.csv").code == 2
    (tmp_path / "one_class.chainrule").write_text("precious")
    assert run("train", folder / "one_class.csv", "-t", "y").code == 2
    assert [p.read_text() for p in sorted(tmp_path.iterdir())] == ["precious"] * 2
