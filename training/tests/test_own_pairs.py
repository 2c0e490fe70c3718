"""Someone's own pairs: a JSONL file is read, faults are named, and a tiny run makes a style file that the app reads."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

import train_edit_lora
from nano.checkpoint import Trained, save_master
from nano.config import FluxConfig
from nano.lora import load_adapter, targets
from nano.model import Flux
from nano.own_pairs import change, fit_grid, views_of
from pairs.jsonl import PairsError, names_a_side, read_jsonl, read_pictures, trigger_for, with_trigger

RED = (220, 30, 30)
SPOT = (40, 24, 72, 56)


def picture(path, size=(96, 80), spot=None, **options):
    """A grey gradient; `spot` (left, top, right, bottom) is filled with red."""
    width, height = size
    ramp = np.linspace(60, 160, width, dtype=np.uint8)
    image = Image.fromarray(np.repeat(np.tile(ramp, (height, 1))[..., None], 3, -1))
    if spot:
        image.paste(RED, spot)
    image.save(path, **options)


@pytest.fixture
def folder(tmp_path):
    """Three pairs: PNG, a JPEG source, and instructions in several spellings."""
    lines = []
    for i, (kind, text) in enumerate([("png", "add a red spot"), ("jpg", ["add a red square.", "draw a square"]), ("png", "a spot on the left")]):
        (tmp_path / "photos").mkdir(exist_ok=True)
        picture(tmp_path / "photos" / f"{i}-before.{kind}")
        picture(tmp_path / f"{i}-after.png", spot=SPOT)
        lines.append({"source": f"photos/{i}-before.{kind}", "target": f"{i}-after.png", "text": text})
    (tmp_path / "my.jsonl").write_text("\ufeff" + "\n\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    return tmp_path


def replace_line(folder, number, **changes):
    lines = [json.loads(line) for line in (folder / "my.jsonl").read_text("utf-8-sig").splitlines() if line]
    lines[number].update(changes)
    (folder / "my.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_lines_are_read_with_paths_from_the_files_folder(folder):
    examples = read_jsonl(folder / "my.jsonl")
    assert [example.texts for example in examples] == [("add a red spot",), ("add a red square.", "draw a square"), ("a spot on the left",)]
    assert examples[1].source == folder / "photos" / "1-before.jpg" and examples[1].where.endswith("line 3")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda folder: (folder / "my.jsonl").unlink(), "does not exist"),
        (lambda folder: (folder / "my.jsonl").write_text("{not json}\n"), r"line 1: not JSON .* looks like"),
        (lambda folder: (folder / "my.jsonl").write_text("[1, 2]\n"), "line 1: not an object"),
        (lambda folder: (folder / "my.jsonl").write_bytes(b"\xff\xfe\xfa"), "not UTF-8"),
        (lambda folder: (folder / "my.jsonl").write_text(""), "has 0 pairs: give at least 2"),
        (lambda folder: (folder / "my.jsonl").write_text((folder / "my.jsonl").read_text("utf-8-sig").splitlines()[0]), "has 1 pair:"),
        (lambda folder: replace_line(folder, 1, target=""), "line 2: no target"),
        (lambda folder: replace_line(folder, 1, text=[3]), "line 2: text is neither"),
        (lambda folder: replace_line(folder, 1, source=4), "line 2: source is not a path"),
        (lambda folder: replace_line(folder, 2, source="nowhere.png"), r"line 3: the source .*nowhere\.png does not exist"),
    ],
)
def test_faults_of_the_file_are_named(folder, fault, message):
    fault(folder)
    with pytest.raises(PairsError, match=message):
        read_jsonl(folder / "my.jsonl")


def test_faults_of_the_pictures_are_named(folder):
    examples = read_jsonl(folder / "my.jsonl")
    picture(folder / "0-after.png", size=(80, 96), spot=(10, 10, 40, 40))
    with pytest.raises(PairsError, match=r"line 1: the source is 96 x 80 and the target 80 x 96"):
        read_pictures(examples[0])
    (folder / "1-after.png").write_bytes((folder / "1-after.png").read_bytes()[:90])
    with pytest.raises(PairsError, match=r"line 3: .*1-after\.png cannot be read as a picture"):
        read_pictures(examples[1])
    picture(folder / "2-after.png")
    with pytest.raises(PairsError, match="line 5: source and target show the same picture"):
        views_of(examples[2], 36, "sksred", np.random.default_rng(0))


def test_a_sideways_photo_and_a_larger_target_come_out_alike(folder):
    upright = Image.open(folder / "photos" / "0-before.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise
    upright.rotate(90, expand=True).save(folder / "photos" / "0-before.png", exif=exif)
    Image.open(folder / "0-after.png").resize((192, 160), Image.Resampling.NEAREST).save(folder / "0-after.png")
    source, target = read_pictures(read_jsonl(folder / "my.jsonl")[0])
    assert source.size == target.size == (96, 80)
    changed = np.abs(np.asarray(source, np.int16) - np.asarray(target)).max(-1) > 30
    ys, xs = np.nonzero(changed)
    assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == pytest.approx(SPOT, abs=2)


def test_views_mirror_the_picture_unless_the_text_names_a_side(folder):
    first, _, sided = read_jsonl(folder / "my.jsonl")
    rng = lambda: np.random.default_rng(0)
    views, once = views_of(first, 36, "sksred", rng()), views_of(sided, 36, "sksred", rng())
    assert len(views) == 2 * len(once) and views[0].texts == ["add a red spot by sksred"]
    assert np.array_equal(views[1].images, views[0].images[:, :, ::-1])
    assert np.array_equal(views[0].images, once[0].images)
    for view in views:
        rows, columns = view.grid
        before, after = view.images.astype(np.int16)
        mask = np.kron(view.masks[0].reshape(rows, columns), np.ones((16, 16)))
        # outside the doodle the target is the source itself
        assert np.array_equal(before[mask == 0], after[mask == 0]) and (before != after).any() and 0 < mask.mean() < 0.8


def test_the_noise_of_two_jpegs_is_no_change():
    rng = np.random.default_rng(0)
    source = rng.integers(40, 200, (64, 64, 3)).astype(np.uint8)
    noisy = (source + rng.integers(-6, 7, source.shape)).astype(np.uint8)
    assert not change(source, noisy).any()
    noisy[20:30, 20:30] = 255
    assert 100 <= change(source, noisy).sum() <= 22 * 22


def test_words():
    assert [trigger_for(name) for name in ("My style", "sks-ink", "Ink & wash 2")] == ["sksmystyle", "sksink", "sksinkwash2"]
    with pytest.raises(PairsError, match="--trigger"):
        trigger_for("水墨")
    assert with_trigger("add a crown. ", "sksink") == "add a crown by sksink"
    assert with_trigger("add a SKSink crown", "sksink") == "add a SKSink crown"
    assert [names_a_side(text) for text in ("on the left", "right-hand side", "to the RIGHT of", "a bright leftover")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("size", "grid"), [((512, 512), (12, 12)), ((4000, 3000), (10, 14)), ((3000, 4000), (14, 10)), ((1920, 1080), (9, 16)), ((5000, 500), (9, 16))]
)
def test_grids_are_the_apps(size, grid):
    assert fit_grid(*size, 144) == grid


@pytest.mark.parametrize(
    "given",
    [
        ["--pairs", "my.jsonl"],
        ["--name", "mine"],
        ["--pairs", "my.jsonl", "--name", "../mine"],
        ["--pairs", "my.jsonl", "--name", "水墨"],
        ["--pairs", "my.jsonl", "--name", "mine", "--size", "100"],
        ["--style", "magic", "--name", "mine", "--stream"],
        ["--style", "magic", "--stream", "--pairs", "my.jsonl"],
        ["--style", "magic"],
    ],
)
def test_options_that_make_no_sense_are_refused(given):
    with pytest.raises(SystemExit):
        train_edit_lora.arguments(given)


def test_one_command_makes_a_style_file(folder, monkeypatch):
    config = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)
    torch.manual_seed(0)
    base = Flux(config)
    save_master(folder / "base.safetensors", Trained(config, base.state_dict(), 7))
    monkeypatch.chdir(folder)
    threads = torch.get_num_threads()
    train_edit_lora.main([
        "--pairs", "my.jsonl", "--name", "mystyle", "--base", "base.safetensors", "--size", "96", "--max-steps", "6", "--batch", "2",
    ])  # fmt: skip
    torch.set_num_threads(threads)
    adapter = load_adapter(folder / "mystyle.safetensors")
    assert set(adapter) == {target.name for target in targets(config)}
    assert all(b.abs().max() > 0 for _, b in adapter.values())
    with safe_open(folder / "mystyle.safetensors", "pt") as file:
        assert file.metadata() | {"name": "mystyle", "trigger": "sksmystyle"} == file.metadata()


def test_a_fault_ends_the_command_with_one_line(folder):
    replace_line(folder, 0, source="gone.png")
    with pytest.raises(SystemExit, match="^error: .*gone.png does not exist"):
        train_edit_lora.main(["--pairs", str(folder / "my.jsonl"), "--name", "mystyle"])
