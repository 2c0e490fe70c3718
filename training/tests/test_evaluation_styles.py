"""The figures of the six styles, on stand-ins: no data folder, no weights."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from evaluation import style_variants, styles
from evaluation.judges import PictureNet
from evaluation.sampling import Cell, adapted
from evaluation.style_variants import Variant
from evaluation.styles import Drawn, Judges, table
from evaluation_doubles import Pool, PooledCodec, Words
from nano.checkpoint import Trained, save_master
from nano.config import FluxConfig
from nano.lora import new_adapter, save_adapter
from nano.model import Flux
from pairs.styles import STYLES, make_style_pair
from style_thing_classifier import WIDTHS, Rendered, StyleThings, choices

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)


def trained_base(path):
    torch.manual_seed(0)
    model = Flux(TINY)
    for parameter in model.parameters():  # no gate may be shut
        torch.nn.init.normal_(parameter, 0, 0.05)
    save_master(path, Trained(TINY, model.state_dict(), 1))
    return path


@pytest.fixture
def items(monkeypatch):
    """Two photos; the first has room for no style."""
    infos = [SimpleNamespace(id=name) for name in ("c", "a", "b")]
    monkeypatch.setattr(styles, "load_photo", lambda info, folder: info)

    def draw(style, rng, view):
        if view.id == "a" and style == "cloud":
            raise ValueError("no room")
        return make_style_pair(style, rng, view)

    monkeypatch.setattr(styles, "make_style_pair", draw)
    monkeypatch.setattr(styles, "random_view", lambda photo, shape, rng: replace(Pool().view(shape, rng), id=photo.id))
    monkeypatch.setattr(styles, "any_shape", lambda side, rng: (128, 128))
    monkeypatch.setattr(styles, "TRIES", 3)
    return styles.style_items(infos, 2, 128, 0, PooledCodec(), Words())


def test_all_styles_share_a_view_and_photos_without_room_are_passed_over(items):
    assert [item.thing for item in items] == list(STYLES) * 2
    assert [item.sample.meta["photo"] for item in items] == ["b"] * 6 + ["c"] * 6
    for six in (items[:6], items[6:]):
        assert all(torch.equal(item.sample.source, six[0].sample.source) for item in six)
    assert not torch.equal(items[0].sample.source, items[6].sample.source)


def test_an_adapter_is_stored_as_the_app_stores_it():
    model, rng = Flux(TINY), torch.Generator().manual_seed(1)
    nothing = new_adapter(TINY, 32, False, rng)
    state = model.state_dict()
    unchanged = adapted(state, nothing, TINY, "q4")
    assert all(torch.equal(unchanged[name], state[name]) for name in state)
    learnt = {name: (a, torch.randn(b.shape, generator=rng)) for name, (a, b) in nothing.items()}
    exact, rough = (adapted(state, learnt, TINY, storage)["double_blocks.0.img_mlp.0.weight"] for storage in ("f32", "q8"))
    error = (exact - rough).norm() / (exact - state["double_blocks.0.img_mlp.0.weight"]).norm()
    assert 1e-4 < error < 0.02


def test_styles_and_base_are_drawn_from_the_same_noise(items, tmp_path):
    weights, folder, rng = trained_base(tmp_path / "base.safetensors"), tmp_path / "styles", torch.Generator().manual_seed(1)
    for style in STYLES:
        adapter = new_adapter(TINY, 4, False, rng)
        if style == "edge":
            adapter = {name: (a, torch.randn(b.shape, generator=rng)) for name, (a, b) in adapter.items()}
        save_adapter(folder / f"{style}.safetensors", adapter)
    cell = Cell(weights, steps=2)
    judge = Judges(PictureNet(len(STYLES)).eval(), StyleThings(PictureNet(2, WIDTHS).eval(), [("edge", "stars"), ("edge", "hearts")]))
    results = styles.run(cell, folder, items, PooledCodec(), judge, Words().encode(""), torch.device("cpu"))
    assert [result.item.thing for result in results] == [style for style in STYLES for _ in range(2)]
    for result in results:
        same = result.facts.background == result.facts.base_background
        assert same == (result.item.thing != "edge")
        assert result.facts.named is None or (result.item.thing == "edge" and result.facts.guessed == 0.5)
    styles.sheet(results, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as page:
        assert page.size == ((styles.CELL + styles.GAP) * 7, (styles.CELL + styles.CAPTION) * 2)
        first = np.asarray(page)[: styles.CELL, : styles.CELL]
    assert first.std() > 1 and first.shape == (192, 192, 3)


def test_the_table_counts_what_the_judge_read():
    one = Drawn("magic", "a", "magic", "magic", 30.0, 31.0, 0.2, 0.5, 1.0, 0.75, 0.25)
    rows = [one, replace(one, read="flat", background=None, cover=0.4), replace(one, style="edge", read="edge", true_read="flat")]
    rows[1] = replace(rows[1], named=None, true_named=None, base_named=None, guessed=None)
    rows += [replace(one, style=style, read=style, true_read=style) for style in STYLES if style not in ("magic", "edge")]
    lines = table(rows).splitlines()
    assert "| magic | 1 of 2 | 2 of 2 | 50% | 100% | 75% | 25% | 30.0 | 31.0 | 30% |" in lines
    assert "| edge | 1 of 1 | 0 of 1 | 50% | 100% | 75% | 25% | 30.0 | 31.0 | 20% |" in lines
    assert lines[-1].startswith("| **all six** | 6 of 7 | 6 of 7 | 50% | 100% | 75% | 25% | 30.0 | 31.0 |")


def test_trainings_of_one_style_are_compared_on_the_same_pairs(items, tmp_path):
    weights, rng = trained_base(tmp_path / "base.safetensors"), torch.Generator().manual_seed(1)
    drawn = [item for item in items if item.thing == "flat"]
    save_adapter(tmp_path / "nothing.safetensors", new_adapter(TINY, 4, False, rng))
    learnt = {name: (a, torch.randn(b.shape, generator=rng)) for name, (a, b) in new_adapter(TINY, 4, False, rng).items()}
    save_adapter(tmp_path / "learnt.safetensors", learnt)
    variants = [Variant("base", None), Variant("nothing", tmp_path / "nothing.safetensors"), Variant("learnt", tmp_path / "learnt.safetensors"), Variant("whole", weights)]
    net, empty = PictureNet(len(STYLES)).eval(), Words().encode("")
    rows = dict(style_variants.run(Cell(weights, steps=2), variants, drawn, PooledCodec(), net, empty, torch.device("cpu")))
    assert rows["true pairs"].place == 1 and rows["true pairs"].error == 0
    # An adapter of zeros and a file of all the base's weights draw what the base draws; a trained one does not.
    assert rows["base"] == rows["nothing"] == rows["whole"] != rows["learnt"]
    assert "| learnt |" in style_variants.table(list(rows.items()))


def test_what_a_style_always_draws_is_no_choice():
    """A monster is in every monster picture and names nothing; what comes once in 200 is too rare to learn."""
    blank = np.zeros((3, 8, 8), np.uint8)
    drawn = [("monster", "horns")] * 120 + [("monster", "ears")] * 79 + [("monster", "wings")]
    rows = [Rendered(blank, blank, "monster", things) for things in drawn] + [Rendered(blank, blank, "edge", ("stars",))]
    assert choices(rows) == [("monster", "ears"), ("monster", "horns")]


def test_as_many_things_are_read_as_were_asked():
    class Told(torch.nn.Module):
        def forward(self, x):
            return torch.tensor([[5.0, 1.0, 3.0, 2.0]])

    judge, blank = StyleThings(Told(), [("magic", "moon"), ("flat", "sun"), ("flat", "tulips"), ("flat", "leaves")]), np.zeros((3, 8, 8), np.uint8)
    assert judge.named(blank, blank, "flat", ["tulips"]) == 1 and judge.named(blank, blank, "flat", ["leaves"]) == 0
    assert judge.named(blank, blank, "flat", ["tulips", "sun"]) == 0.5  # tulips and leaves are read
    assert judge.named(blank, blank, "edge", ["stars"]) is None
    assert judge.chance("flat", ["tulips", "frame"]) == pytest.approx(1 / 3) and judge.chance("edge", ["stars"]) is None
