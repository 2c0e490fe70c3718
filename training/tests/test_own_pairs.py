"""Someone's own pairs: a JSONL file is read, faults are named, and a tiny run makes a style file that the app reads."""

import json

import numpy as np
import pytest
from doubles import FakeEncoder, fake_matting, tiny_codec, tiny_drawing, tiny_layout
from PIL import Image
from safetensors import safe_open

from data.own import PairsError, names_a_side, read_jsonl, read_pictures, trigger_for, with_trigger
from data.pair import composite
from model.lora import targets
from model.text import Texts
from run import main
from train import style
from train.masters import VERSION, save_checkpoint
from train.own_pairs import change, element_of, layout_samples, parts, read_own, views_of, words_of

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
    said = ("png", "add a red spot"), ("jpg", ["add a red square.", "draw a square"]), ("png", "a spot on the left")
    (tmp_path / "photos").mkdir()
    for i, (kind, text) in enumerate(said):
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
    said = ("add a red spot",), ("add a red square.", "draw a square"), ("a spot on the left",)
    assert tuple(example.texts for example in examples) == said
    assert examples[1].source == folder / "photos" / "1-before.jpg" and examples[1].where.endswith("line 3")


def whole_file(text):
    return lambda folder: (folder / "my.jsonl").write_bytes(text)


def line(number, **changes):
    return lambda folder: replace_line(folder, number, **changes)


@pytest.mark.parametrize(
    ("fault", "message"),
    [(lambda folder: (folder / "my.jsonl").unlink(), "does not exist"),
     (whole_file(b"{not json}"), r"line 1: not JSON .* looks like"),
     (whole_file(b"[1, 2]"), "line 1: not an object"),
     (whole_file(b"\xff\xfe\xfa"), "not UTF-8"),
     (whole_file(b""), "has 0 pairs: give at least 2"),
     (line(1, target=""), "line 2: no target"),
     (line(1, text=[3]), "line 2: text is neither"),
     (line(1, source=4), "line 2: source is not a path"),
     (line(2, source="nowhere.png"), r"line 3: the source .*nowhere\.png does not exist")],
)  # fmt: skip
def test_faults_of_the_file_are_named_and_end_the_command_with_one_line(folder, fault, message):
    fault(folder)
    with pytest.raises(PairsError, match=message):
        read_jsonl(folder / "my.jsonl")
    with pytest.raises(SystemExit, match=f"^error: .*{message}"):
        main(["style", "--own", str(folder / "my.jsonl"), "--name", "mystyle", "--out", str(folder)])


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
        views_of(examples[2], fake_matting)


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
    first, several, sided = (views_of(example, fake_matting) for example in read_jsonl(folder / "my.jsonl"))
    assert len(first) == 2 and len(sided) == 1 and [len(view.pairs) for view in several] == [2, 2]
    plain, mirrored = (view.pairs[0] for view in first)
    assert np.array_equal(mirrored.image, plain.image[:, ::-1])
    assert np.array_equal(composite(mirrored), composite(plain)[:, ::-1])
    ((x0, y0, x1, y1),) = (element.box for element in plain.elements)
    assert (x0, y0, x1, y1) == pytest.approx(SPOT, abs=2) and mirrored.elements[0].box == (96 - x1, y0, 96 - x0, y1)
    assert plain.words(plain.elements[0]) == "a red spot" and first[0].features.shape == (144, 192)


def test_the_noise_of_two_jpegs_is_no_change():
    rng = np.random.default_rng(0)
    source = rng.integers(40, 200, (64, 64, 3)).astype(np.uint8)
    noisy = (source + rng.integers(-6, 7, source.shape)).astype(np.uint8)
    assert not change(source, noisy).any()
    noisy[20:30, 20:30] = 255
    alpha = change(source, noisy)[..., 3]
    assert (alpha[21:29, 21:29] == 1).all() and not alpha[:14].any() and not alpha[:, 38:].any()


def blend(source, colour, alpha):
    return np.rint(source * (1 - alpha[..., None]) + np.array(colour) * alpha[..., None]).astype(np.uint8)


def test_a_soft_edge_keeps_the_paints_colour_and_the_layer_gives_the_target_back():
    ramp = np.linspace(60, 120, 64)
    source = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, -1).astype(np.uint8)
    y, x = np.mgrid[:64, :64]
    true = np.clip(16.5 - np.hypot(y - 32, x - 32), 0, 3).astype(np.float32) / 3
    target = blend(source, (250, 20, 20), true)
    planes = change(source, target)
    shown = source * (1 - planes[..., 3:]) + 255 * planes[..., :3]
    assert np.abs(shown - target).max() < 6 and np.abs(planes[..., 3] - true).mean() < 0.01
    edge = (true > 0.3) & (true < 0.9) & (planes[..., 3] > 0)
    colour = 255 * planes[edge][:, :3] / planes[edge][:, 3:]
    assert np.abs(colour - (250, 20, 20)).max() < 25  # not the photo's


def test_a_hole_of_the_photos_own_colour_is_painted_over_and_a_ring_stays_open():
    source = np.full((80, 80, 3), 90, np.uint8)
    y, x = np.mgrid[:80, :80]
    radius = np.hypot(y - 40, x - 40)
    disc = (radius < 30) & ~(radius < 2)
    alpha = change(source, blend(source, (240, 200, 20), disc.astype(float)))[..., 3]
    assert alpha[40, 40] == 1
    ring = (radius < 30) & (radius > 22)
    alpha = change(source, blend(source, (240, 200, 20), ring.astype(float)))[..., 3]
    assert alpha[40, 40] == 0 and alpha[40, 14] == 1


def test_small_parts_belong_to_their_nearest_neighbour_and_specks_to_none():
    alpha = np.zeros((400, 400), np.float32)
    alpha[50:150, 50:150], alpha[50:150, 300:380], alpha[120:130, 270:280], alpha[395:398, 10:12] = 1, 1, 1, 1
    left, right = parts(alpha)
    assert left[100, 100] and not left[100, 340] and right[100, 340] and right[125, 275]
    assert not left[396, 11] and not right[396, 11] and not parts(np.zeros((20, 20), np.float32))
    many = np.zeros((400, 400), np.float32)
    for i in range(25):
        row, column = divmod(i, 5)
        many[80 * row + 10 : 80 * row + 40 + i // 5, 80 * column + 10 : 80 * column + 40] = 1
    masks = parts(many)
    assert len(masks) == 16 and np.sum(masks, axis=0)[many > 0].min() == 1


def test_kinds_follow_from_the_subject():
    matte = np.zeros((100, 100), np.float32)
    matte[30:, 30:70] = 1

    def kind(rows, columns, but=None):
        planes = np.zeros((100, 100, 4), np.float32)
        planes[rows, columns] = 1
        planes[but if but is not None else (slice(0, 0), slice(0, 0))] = 0
        element = element_of(planes, matte, (0, 3))
        return element.kind, float(element.layer[..., 4].max()), element.box

    assert kind(slice(40, 60), slice(40, 60))[:2] == ("front", 1)  # on it
    assert kind(slice(0, 20), slice(0, 20))[:2] == ("front", 1)  # beside it
    assert kind(slice(20, 60), slice(20, 80), matte > 0) == ("behind", 0, (20, 20, 80, 60))  # about it, never on it
    assert kind(slice(0, 100), slice(0, 100), matte > 0)[::2] == ("whole", (0, 0, 100, 100))


def test_own_boxes_are_the_layouts_and_point_at_the_words(folder):
    views = read_own(folder / "my.jsonl", fake_matting)
    cache = layout_samples(views, Texts(FakeEncoder()))
    assert len(cache) == 2 * (1 + 2) + 1
    batch = cache.batch(4, np.random.default_rng(0))
    assert all(len(boxes) == 1 for boxes in batch.boxes)
    assert batch.boxes[0][0].cy == pytest.approx(0.5, abs=0.03) and batch.boxes[0][0].h == pytest.approx(0.4, abs=0.05)
    pointed = [[i for i, hit in enumerate(batch.target.pointers[0, 0].tolist()) if hit]]
    assert pointed[0] == list(range(pointed[0][0], pointed[0][-1] + 1)) and not batch.target.pointers[0, 0, 0]


def test_words():
    texts = "add a red crown.", "Please draw two stars!", "a crown", "add", "putter"
    assert [text[slice(*words_of(text))] for text in texts] == ["a red crown", "two stars", "a crown", "add", "putter"]
    names = "My style", "sks-ink", "Ink & wash 2"
    assert [trigger_for(name) for name in names] == ["sksmystyle", "sksink", "sksinkwash2"]
    with pytest.raises(PairsError, match="--trigger"):
        trigger_for("水墨")
    assert with_trigger("add a crown. ", "sksink") == "add a crown by sksink"
    assert with_trigger("add a SKSink crown", "sksink") == "add a SKSink crown"
    sides = "on the left", "right-hand side", "to the RIGHT of", "a bright leftover"
    assert [names_a_side(text) for text in sides] == [True, True, True, False]


@pytest.mark.parametrize("given", ["--own my.jsonl", "--name mine", "--own my.jsonl --name ../mine"])
def test_options_that_make_no_sense_are_refused(given):
    with pytest.raises(SystemExit):
        main(["style", *given.split()])


def test_one_command_makes_a_style_file_of_both_networks(folder, monkeypatch):
    networks, given = {"drawing": tiny_drawing(), "layout": tiny_layout()}, []
    for part, network in networks.items():
        (folder / part).mkdir()
        save_checkpoint(folder / part, network.config, network.state_dict(), 7)
        given += [f"--{part}", str(folder / part / "checkpoint.pt")]
    (folder / "work").mkdir()
    tiny_codec().save(folder / "work" / "codec-256.safetensors")
    monkeypatch.setattr(style, "TextEncoder", FakeEncoder)
    monkeypatch.setenv("PHOTODOODLE_WORK", str(folder / "work"))
    monkeypatch.chdir(folder)
    given += ["--own", "my.jsonl", "--name", "mystyle", "--minutes", "1", "--batch", "2", "--most-samples", "6"]
    style.train_own(style.arguments(given), fake_matting)
    with safe_open(folder / "mystyle.safetensors", "pt") as file:
        assert file.metadata() == {"name": "mystyle", "base": f"nano {VERSION}", "alpha_gain": "1"}
        factors = {key: file.get_tensor(key) for key in file.keys()}
    adapted = [(part, t.name) for part, network in networks.items() for t in targets(network.config)]
    assert set(factors) == {f"{part}.{name}.lora_{side}.weight" for part, name in adapted for side in "AB"}
    # a layer of the condition's text at the last block is heard by nothing but the pointers, so not every B moves
    for part in networks:
        moved = [value.abs().max() > 0 for key, value in factors.items() if key.startswith(part) and "lora_B" in key]
        assert sum(moved) > len(moved) / 2
    assert not (folder / "log.jsonl").exists()
