"""Samples, caches, the loop and files of weights."""

import json

import numpy as np
import pytest
import torch
from doubles import (
    COMPONENTS,
    FakeEncoder,
    fake_matting,
    made_artwork,
    pair_of,
    seeded,
    tiny_codec,
    tiny_drawing,
    tiny_layout,
    view_of,
)

from data.artwork import write_npz
from data.pair import KINDS, Element
from data.pretrain import make_pretrain_pair
from model.codec import CANVAS, CROP_MARGIN, whole_grid
from model.conditioned import ANCHORS, LAYOUT_GRID, LAYOUT_SRC, PLACE_CHANNELS, SLOTS, TOKENS, crop_ids
from model.text import Texts
from train.cache import ViewShards, described, random_size, view_pairs
from train.caches import LEAST_PIXELS, ElementCache, LayoutCache, encode_element, matte_cells, pair_arrays, stacked
from train.hands import Hands
from train.loop import Average, Schedule, optimisers, train
from train.masters import SHIPPED, begin, load_trained, named, save_checkpoint
from train.samples import Replay, collate, drawing_loss, levels_of, place_picture


def test_a_placed_pictures_box_is_tight():
    rng = np.random.default_rng(0)
    for _ in range(20):
        height, width = int(rng.integers(20, 300)), int(rng.integers(20, 300))
        layer, box = place_picture(np.full((height, width, 4), 200, np.uint8), 0.0, rng)
        alpha = layer[..., 3] > 8 / 255
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        assert layer.shape == (CANVAS, CANVAS, 5) and layer.max() <= 1 and not layer[..., 4].any()
        box = np.multiply(box, CANVAS)
        pixel = max((box[1] - box[0]) / height, (box[3] - box[2]) / width)  # a picture's, enlarged, fades out over half
        assert np.allclose(box, (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1), atol=1 + pixel / 2)
        assert max(box[1] - box[0], box[3] - box[2]) == pytest.approx(CANVAS / CROP_MARGIN)
        assert box[0] + box[1] == pytest.approx(CANVAS) and box[2] + box[3] == pytest.approx(CANVAS)


def test_sigmas_and_loss():
    pure, lower = levels_of(20_000, True, np.random.default_rng(0)).view(-1, 2).unbind(1)
    assert pure.min() >= 0.97 and lower.min() >= 0.05 and pure.max() <= 1 >= lower.max()
    assert 0.7 < lower.median() < 0.8
    clean = torch.zeros(2, 64, COMPONENTS)
    clean[0, :4], clean[1] = 1, 1
    # a sixteenth of the tokens drawn: an error counts four times as much as with all of them
    assert drawing_loss(clean, clean) == 0 and drawing_loss(clean + 1, clean).item() == pytest.approx((4 + 1) / 2)


def test_a_batch_pads_texts_and_tells_kinds():
    rng = np.random.default_rng(1)
    drawn = [place_picture(np.full((50, 80, 4), 255, np.uint8), 1.0, rng) for _ in range(2)]
    given = ["front", "behind"], ["red hat", "a b c d e f g h i"], torch.zeros(2, TOKENS**2, 80)
    batch = collate(drawn, *given, tiny_codec(), Texts(FakeEncoder()))
    assert batch.clean.shape == (2, 64, COMPONENTS) and batch.txt.shape == (2, 12, 384)
    assert batch.txt_mask.sum(1).tolist() == [4, 11] and not batch.txt[0, 4:].any()
    assert batch.place[:, 0, 25:27].tolist() == [[1, 0], [0, 1]]


def test_elements_are_encoded_with_their_own_crop_words_and_place():
    pair, codec, rng = pair_of(), tiny_codec(), np.random.default_rng(0)
    square, dot, frame = pair.elements
    assert encode_element(pair, dot, codec, rng) is None and dot.box[2] - dot.box[0] < LEAST_PIXELS
    sample = encode_element(pair, square, codec, rng)
    assert sample.grid == (8, 8) and sample.words == "a square"
    assert sample.clean.shape == (64, COMPONENTS) and sample.src.shape == (64, 80)
    # what the place says of the box is where the paint is: tokens inside are drawn, those outside are not
    inside, drawn = sample.place[:, 0].astype(float), np.abs(sample.clean).max(1) > 1e-3
    assert drawn[inside > 0.99].all() and not drawn[inside == 0].any()
    whole = encode_element(pair, frame, codec, rng)
    assert whole.grid == whole_grid(96, 128) == (12, 16) and whole.words == "a frame"
    assert KINDS[whole.place[0, 25:].argmax()] == "whole"
    both = Element(square.layer, 30, 20, (30.0, 20.0, 70.0, 60.0), (4, 12), "both", "square")
    place = encode_element(pair, both, codec, np.random.default_rng(3)).place[0]
    assert np.exp(float(place[23])) == pytest.approx(1 / CROP_MARGIN, rel=1e-3) and place[25:].tolist() == [0, 0, 1, 0]


def test_windows_of_the_cache_are_slices_of_the_whole_grids(tmp_path):
    pair, model = pair_of(), tiny_drawing()
    whole = encode_element(pair, pair.elements[2], tiny_codec(), np.random.default_rng(0))
    write_npz(tmp_path / "a.npz", **stacked([whole] * 3))
    cache, texts = ElementCache(tmp_path), Texts(FakeEncoder())
    grid = lambda tokens: np.asarray(tokens, np.float32).reshape(12, 16, -1)
    clean, place, cosines, windows = grid(whole.clean), grid(whole.place), grid(model.rope(crop_ids(12, 16))[0]), set()
    for seed in range(12):
        batch, rope = cache.batch(6, np.random.default_rng(seed), texts, model, dropout=0)
        if batch.clean.shape[1] == 12 * 16:  # now and then all of it, a few pictures at a time
            assert len(batch.clean) == 2
            continue
        cut = lambda tokens, top, left: tokens[top : top + 8, left : left + 8].reshape(64, -1)
        same = lambda whole, at, given: np.array_equal(cut(whole, *at), given[0])
        (at,) = [at for at in np.ndindex(5, 9) if same(clean, at, batch.clean) and same(place, at, batch.place)]
        assert len(batch.clean) == 6
        windows.add(at)
        np.testing.assert_allclose(rope[0], cut(cosines, *at), atol=1e-6)
    assert len(windows) > 3
    write_npz(tmp_path / "b.npz", **stacked([whole]))
    np.savez(tmp_path / "c.part.npz", **stacked([whole]))  # still being written
    cache.refresh()
    assert len(cache) == 4
    with pytest.raises(SystemExit, match="run.py elements"):
        ElementCache(tmp_path / "empty")


def test_boxes_kinds_and_words_are_those_of_the_elements():
    rng, view = np.random.default_rng(0), view_of((200, 300))
    for kind in ("place", "two", "surround", "outline", "frame") * 2:
        pair = make_pretrain_pair(rng, view, made_artwork(), kind)
        arrays = pair_arrays(pair)
        count, words = int(arrays["count"]), list(map(tuple, arrays["words"].tolist()))
        assert count == len(pair.elements) and not arrays["boxes"][count:].any()
        assert words[:count] == sorted(words[:count])
        found = [(e.words, e.kind, np.divide(e.box, (300, 200, 300, 200))) for e in pair.elements]
        for (x, y, w, h), code, own in zip(arrays["boxes"][:count], arrays["kinds"], words):
            corners = x - w / 2, y - h / 2, x + w / 2, y + h / 2
            assert any(each[:2] == (own, KINDS[code]) and np.allclose(each[2], corners, atol=2e-4) for each in found)
        if kind in ("outline", "frame"):
            assert arrays["boxes"][0].tolist() == [0.5, 0.5, 1, 1] and KINDS[arrays["kinds"][0]] == "whole"


def test_a_matte_cell_is_read_row_by_row():
    matte = np.zeros((96, 192), np.float32)
    matte[:8, 16:], matte[8:10, :16] = 1.0, 1.0
    cells = matte_cells(matte)
    assert cells.shape == (144, 16) and cells.dtype == np.uint8 and not cells[0].any()
    second = cells[LAYOUT_GRID]
    assert (cells[1:LAYOUT_GRID] == 255).all() and (second[:4] == 255).all() and not second[4:].any()


def test_layout_shards_are_read_back_in_the_slots_order(tmp_path):
    rng = np.random.default_rng(1)
    shards = ViewShards(tmp_path, "007")
    for number in range(2):
        for seed in range(3 - number):
            view = view_of(random_size(rng), seed)
            shards.add(described(view, fake_matting, rng), view_pairs(rng, view, made_artwork(), 5, "train"))
        shards.write()
        shards.write()  # nothing waits
        if number == 0:
            cache = LayoutCache(tmp_path, Texts(FakeEncoder()))
            assert len(cache) == 15
    cache.refresh()
    assert {path.name for path in tmp_path.iterdir()} == {"007-00000.npz", "007-00001.npz"}
    batch = cache.batch(4, np.random.default_rng(0))
    assert len(cache) == 25 and batch.src.shape == (4, 144, LAYOUT_SRC) and batch.target.slots.shape == (4, SLOTS, 5)
    for boxes, slots, kinds, anchors, pointers in zip(batch.boxes, *batch.target[:4]):
        places = [(b.words[0], b.cx) for b in boxes]
        assert (slots[:, 0] > 0).sum() == len(boxes) and places == sorted(places)
        assert [KINDS[k] for k in kinds[: len(boxes)]] == [box.kind for box in boxes]
        assert [ANCHORS[k] for k in anchors[: len(boxes)]] == [box.anchor for box in boxes]
        assert pointers[: len(boxes)].any(-1).all() and not pointers[len(boxes) :].any()
    assert ((batch.src[..., 192:208] >= 0) & (batch.src[..., 192:208] <= 1)).all()
    with pytest.raises(SystemExit, match="run.py layouts"):
        LayoutCache(tmp_path / "none", Texts(FakeEncoder()))


def run(out, minutes=1.0, samples=0, most=64):
    """Fits one number to 3 by the loop: it, samples seen, and what was saved: (average, samples)."""
    weight, saved = torch.nn.Parameter(torch.zeros(1)), []
    objective = lambda: ((weight - 3).square().sum(), 4)
    save = lambda average, seen: saved.append((average["weight"].clone(), seen))
    measure = lambda average: {"weight": average["weight"].item()}
    schedule, optimiser = Schedule(minutes, 0.1, 0.1, 0.0, 1), torch.optim.SGD([weight], 0.1)
    seen = train({"weight": weight}, [optimiser], objective, schedule, out, save, measure, samples, most_samples=most)
    return weight.item(), seen, saved


def test_a_run_ends_after_its_samples_counts_on_and_keeps_averages(tmp_path):
    weight, seen, saved = run(tmp_path, samples=100)
    assert seen == 164 and saved[-1][1] == 164 and 0 < saved[-1][0].item() < weight <= 3  # the average lags behind
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["done"] and last["samples"] == 164 and last["weight"] == pytest.approx(saved[-1][0].item())
    _, seen, saved = run(tmp_path, minutes=0.002, most=10**12)  # by the clock
    assert seen > 0 and saved[-1][1] == seen


def test_rates_rise_hold_and_fall_and_averages_settle():
    schedule = Schedule(1, decay=0.5, warm_up=10)
    rates = [schedule.factor(p, s) for p, s in ((0, 0), (0, 4), (0.4, 99), (0.75, 99), (1, 99))]
    assert rates == pytest.approx([0.1, 0.5, 1, 0.5, 0])
    average = Average({"a": torch.zeros(1)})
    for step in range(1, 40):
        average.update({"a": torch.ones(1)}, step)
    assert 0.9 < average.values["a"].item() < 1


def test_matrices_of_the_blocks_go_to_muon_and_all_else_to_adam():
    model = tiny_drawing()
    muon, adam = optimisers(model, Schedule(1))
    pieces = {id(p): group["pieces"] for group in muon.param_groups for p in group["params"]}
    plain, named_ = {id(p) for group in adam.param_groups for p in group["params"]}, dict(model.named_parameters())
    at = lambda name: id(named_[f"{name}.weight"])
    assert pieces[at("double_blocks.0.img_attn.qkv")] == 3 and pieces[at("single_blocks.0.linear1")] == 7
    assert {at(name) for name in ("img_in", "final_layer.linear", "single_blocks.0.modulation.lin")} <= plain
    assert len(pieces) + len(plain) == len(named_)
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    before = named_["single_blocks.0.linear2.weight"].detach().clone()
    muon.step()
    assert (named_["single_blocks.0.linear2.weight"] - before).abs().mean() > 1e-5


def test_checkpoints_are_what_training_goes_on_from(tmp_path, monkeypatch):
    model = tiny_layout()
    save_checkpoint(tmp_path, model.config, model.state_dict(), 480)
    again = load_trained(tmp_path / "checkpoint.pt")
    assert again.samples == 480 and again.config == model.config
    # --init counts on, --resume prefers the run's own, neither starts anew at zero
    started, samples = begin(tmp_path / "other", False, tmp_path / "checkpoint.pt", model.config, 0)
    assert samples == 480 and torch.equal(started.img_in.weight, again.state["img_in.weight"])
    assert begin(tmp_path, True, None, model.config, 0)[1] == 480
    fresh, samples = begin(tmp_path, False, None, model.config, 0)
    assert samples == 0 and not fresh.final_layer.linear.weight.any()
    with pytest.raises(SystemExit, match="does not exist"):
        begin(tmp_path / "other", True, None, model.config, 0)
    monkeypatch.setenv("PHOTODOODLE_WORK", str(tmp_path))
    assert named("", "drawing") == SHIPPED / "drawing"
    (tmp_path / "drawing").mkdir()
    (tmp_path / "drawing" / "checkpoint.pt").touch()
    assert named("", "drawing") == tmp_path / "drawing" / "checkpoint.pt"
    assert named("shipped", "drawing") == named("", "drawing", newest=False) == SHIPPED / "drawing"


def drawing_arguments(model, count: int) -> tuple:
    """What a call of the drawing transformer is given, of noise."""
    tokens, rope = TOKENS**2, model.rope(crop_ids())
    src, txt, pooled = seeded(count, tokens, 80, seed=1), seeded(count, 6, 384, seed=2), seeded(count, 384, seed=3)
    mask, place = torch.ones(count, 6, dtype=torch.bool), seeded(count, tokens, PLACE_CHANNELS, seed=4)
    noisy = seeded(count, tokens, COMPONENTS)
    return noisy, torch.full((count,), 0.8), src, txt, pooled, mask, rope, rope, place


def test_hands_learn_with_their_base(tmp_path):
    """A hand's batch moves the base and that hand alone; what is saved is gone on from."""
    model = tiny_drawing()
    hands = Hands("drawing", model, tmp_path, ["magic", "flat"])
    args = drawing_arguments(model, 2)
    alone, in_hand = model(*args)[0], hands.call("magic")(*args)[0]
    torch.testing.assert_close(alone, in_hand)  # new factors change nothing yet
    with torch.no_grad():
        for name, value in hands.factors.items():
            if name.startswith("magic/") and "lora_B" in name:
                value.normal_(0, 0.1)
    loss = hands.call("magic")(*args)[0].square().mean()
    loss.backward()
    assert model.single_blocks[0].linear1.weight.grad.abs().max() > 0
    moved = {name.split("/")[0] for name, value in hands.factors.items() if value.grad is not None}
    assert moved == {"magic"}
    hands.save(hands.factors)
    again = Hands("drawing", model, tmp_path, ["magic", "flat"])
    torch.testing.assert_close(again.call("magic")(*args)[0], hands.call("magic")(*args)[0])
    assert (again.call("flat")(*args)[0] - again.call("magic")(*args)[0]).abs().max() > 1e-4
    network = hands.drawn(model, "magic", hands.factors)
    torch.testing.assert_close(network(*args)[0], hands.call("magic")(*args)[0])


def test_a_batch_of_two_levels_without_its_photo():
    """Levels lie in turn, one near pure noise; a call without photo tokens answers for as many rows."""
    sigma = levels_of(500, True, np.random.default_rng(0)).view(-1, 2)
    assert sigma[:, 0].min() >= 0.97 and sigma[:, 1].median() < 0.9
    assert levels_of(9, False, np.random.default_rng(0)).shape == (9,)
    model = tiny_drawing()
    noisy, level, src, txt, pooled, mask, rope, _, place = drawing_arguments(model, 2)
    none = tuple(table[:0] for table in rope)
    twice = noisy.repeat_interleave(2, 0), level.repeat_interleave(2, 0)
    answer = model(*twice, src[:, :0], txt, pooled, mask, rope, none, place)[0]
    assert answer.shape == twice[0].shape
    torch.testing.assert_close(answer[::2], answer[1::2])
    told = model(*twice, src, txt, pooled, mask, rope, rope, place)[0]
    torch.testing.assert_close(told[::2], model(noisy, level, src, txt, pooled, mask, rope, rope, place)[0])


def test_a_replay_makes_one_batch_in_three_and_forgets_the_oldest():
    made, rng = iter(range(10_000)), np.random.default_rng(0)
    replay = Replay(lambda: next(made), times=3, kept=20)
    seen = [replay.batch(rng) for _ in range(3000)]
    assert seen[:10] == list(range(10))  # nothing is repeated before there is a choice
    assert 900 < len(set(seen)) < 1120 and min(seen[-100:]) > len(set(seen)) - 100
