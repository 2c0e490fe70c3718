"""Drawing the evaluation set and running weights over it: fixed, continued, and independent of what runs beside it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluate import parse
from evaluation.draws import draw_pair, draws_like, paste_mean, views
from evaluation.held_out import EvaluationSet, read_png
from evaluation.sampling import SAMPLING, Cell, Guided, as_stored, run_cell, variations
from evaluation_doubles import WORDS, Pool, PooledCodec, Words, artwork, tools
from nano.checkpoint import Trained, save_master
from nano.config import FluxConfig
from nano.model import Flux
from nano.objective import collate, without_instructions
from pairs.artwork import Artwork
from pairs.palette import PALETTE
from pairs.things import BY_NAME

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def drawn_set(tmp_path_factory):
    chosen = EvaluationSet(tmp_path_factory.mktemp("set"), WORDS, side=128)
    chosen.draw(2, tools())
    return chosen


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_master(path, Trained(TINY, {k: v + 0.05 * torch.randn(v.shape) for k, v in Flux(TINY).state_dict().items()}, 0))
    return path


def test_a_set_is_fixed_and_a_larger_one_contains_it(drawn_set, tmp_path):
    again = EvaluationSet(tmp_path, WORDS, side=128)
    again.draw(1, tools())
    first = list(again.items(1))
    assert len(again.missing(2)) == len(first) == 4
    again.draw(2, tools())
    assert not again.missing(2)
    for mine, other in zip(again.items(2), drawn_set.items(2), strict=True):
        assert mine.id == other.id and mine.sample.meta == other.sample.meta and np.array_equal(mine.alpha, other.alpha)
        for row in ("truth", "second", "mean", "blind"):
            assert np.array_equal(read_png(again.row(row) / f"{mine.id}.png"), read_png(drawn_set.row(row) / f"{mine.id}.png"))
    items = list(drawn_set.items(2))
    assert drawn_set.digest(items) == again.digest(list(again.items(2))) != drawn_set.digest(items[:-1])
    assert {item.sample.meta["phrasing"] for item in items} == {"held_out"} and len({item.seed for item in items}) == 8
    other_seed = EvaluationSet(tmp_path / "other", WORDS, seed=1, side=128)
    other_seed.draw(1, tools())
    assert other_seed.digest(list(other_seed.items(1))) != again.digest(first)


def test_other_draws_keep_kind_anchor_and_colour():
    rng = np.random.default_rng(0)
    coloured = Artwork(artwork().sprites("fish"))
    view, pair = draw_pair(("place",), coloured, views(Pool(), (128, 128), rng), rng, "train")
    pair.meta["colour"] = "green"
    found = draws_like(pair, coloured, itertools.repeat(view, 400), 4, rng)
    assert len(found) == 4 and {other.meta["anchor"] for other in found} == {pair.meta["anchor"]}
    for other in found:
        assert np.abs(np.median(other.target[other.alpha > 0.99], axis=0) - PALETTE["green"]).max() < 12
    assert len({other.alpha.tobytes() for other in found}) > 1
    mean = paste_mean(found, view.image)
    nowhere = np.max([other.alpha for other in found], axis=0) == 0
    assert np.array_equal(mean[nowhere], view.image[nowhere]) and not np.array_equal(mean, view.image)
    assert np.array_equal(paste_mean(found[:1], found[0].source), found[0].target)
    assert BY_NAME["fish"].colours == ()


def test_a_cell_is_continued_and_independent_of_its_batches(drawn_set, weights):
    items, empty, codec, cell = list(drawn_set.items(2)), Words().encode(""), PooledCodec(), Cell(weights, steps=3, sampling="stochastic")
    assert run_cell(cell, drawn_set, items, codec, empty, CPU) == len(items)
    paths = [drawn_set.row(cell.name) / f"{item.id}.png" for item in items]
    before = [read_png(path) for path in paths]
    assert not np.array_equal(before[0], read_png(drawn_set.row("source") / f"{items[0].id}.png"))
    for path in paths[::3]:
        path.unlink()
    assert run_cell(cell, drawn_set, items, codec, empty, CPU) == len(paths[::3])
    assert run_cell(cell, drawn_set, items, codec, empty, CPU) == 0
    for path, picture in zip(paths, before):
        assert np.abs(read_png(path).astype(int) - picture).max() <= 1
    for other in (replace(cell, cfg=3.0), replace(cell, sampling="euler")):
        run_cell(other, drawn_set, items[:1], codec, empty, CPU)
        assert not np.array_equal(read_png(drawn_set.row(other.name) / paths[0].name), before[0])


def test_guidance_goes_beyond_the_answer_at_high_sigma_only(drawn_set):
    batch = collate([item.sample for item in drawn_set.items(1)][:1])
    without = without_instructions(batch, torch.tensor([True]), Words().encode(""))
    network = lambda img, txt, pooled, timestep, rope, guidance=None, txt_mask=None: pooled.sum() + img[:, :1]
    img, rope = torch.zeros(1, 2, 3), (torch.zeros(1), torch.zeros(1))
    answer, other = batch.pooled.sum(), without.pooled.sum()
    assert answer != other
    ask = lambda scale, sigma: Guided(network, without, scale, 0.4)(img, batch.txt, batch.pooled, torch.tensor([sigma]), rope)
    assert torch.allclose(ask(1.0, 0.9), answer.expand(1, 1, 3)) and torch.allclose(ask(3.0, 0.3), answer.expand(1, 1, 3))
    assert torch.allclose(ask(3.0, 0.9), (other + 3 * (answer - other)).expand(1, 1, 3))


def test_storage_rounds_as_the_app_stores_weights():
    generator = torch.Generator().manual_seed(0)
    state = {"matrix": torch.randn(64, 64, generator=generator), "odd": torch.randn(8, 20, generator=generator), "vector": torch.randn(64)}
    assert as_stored(state, "f32") is state
    error = {kind: {k: float((v - state[k]).abs().max()) for k, v in as_stored(state, kind).items()} for kind in ("f16", "q8", "q4")}
    assert 0 < error["f16"]["matrix"] < error["q8"]["matrix"] < 0.03 < error["q4"]["matrix"] < 0.5
    assert error["q4"]["vector"] == error["q8"]["vector"] == 0 and 0 < error["q4"]["odd"] < 1e-2


def test_every_option_is_varied_alone(weights, tmp_path):
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other")
    options = {"weights": [weights, other], "steps": [8, 1], "cfg": [1.0, 2.0], "storage": ["f32", "q4"], "shift": [None, 1.7]}
    cells = variations(options | {"sampling": ["stochastic", "euler"]}, 0.4)
    base = Cell(weights, 8, 1.0, 0.4, "f32", "stochastic")
    changes = ({"weights": other}, {"steps": 1}, {"cfg": 2.0}, {"storage": "q4"}, {"shift": 1.7}, {"sampling": "euler"})
    assert cells == [base, *(replace(base, **change) for change in changes)]
    assert len({cell.name for cell in cells}) == 7
    assert cells[5].scheduler().mu(100) == cells[5].scheduler().mu(1000) == pytest.approx(np.log(1.7))
    assert base.scheduler().stochastic_sampling and not cells[6].scheduler().stochastic_sampling


def test_without_a_command_it_is_the_table():
    args = parse(["--steps", "8", "4", "--pictures-a-class", "20"])
    assert args.command == "table" and args.steps == [8, 4] and args.pictures_a_class == 20
    assert parse([]).storage == ["q8"] and parse([]).steps and parse([]).sampling[0] in SAMPLING
    assert parse(["sheet", "--out", "x.png"]).count == 48
