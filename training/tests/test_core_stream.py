"""Pairs composed while training runs: processes, encoding, rings, and a trainer fed by them."""

import json

import numpy as np
import pytest
import torch

import pretrain
import train_edit_lora
from compose import ComposeError, Composers, compose_views
from nano.lora import load_adapter
from nano.objective import Batch
from nano.sizes import buckets
from nano.stream import PairEncoder, PairStream, Rings
from nano.taef1 import pack
from nano.text import TextEncoder
from pairs.pair import Pair

SIZE = 64
TEXTS = ("add a red square", "put " + "a very " * 33 + "red square here")


class Squares:
    """A Job whose pairs are red squares on grey, the last one an inverse pair; `fails` ends the process."""

    def __init__(self, fails: bool = False):
        self.fails = fails

    def __call__(self):
        if self.fails:
            raise RuntimeError("no artwork")
        return self.draw

    def draw(self, rng, shape):
        view = np.full((*shape, 3), rng.integers(60, 200), np.uint8)
        pairs = []
        for i in range(3):
            alpha = np.zeros(shape, np.float32)
            alpha[:16, 16 * i : 16 * (i + 1)] = 1
            painted = np.where(alpha[..., None] > 0, np.uint8([200, 0, 0]), view)
            pictures = (painted, view) if i == 2 else (view, painted)
            pairs.append(Pair(*pictures, alpha, TEXTS[i % 2], {"place": i}))
        return pairs


class Averages(torch.nn.Module):
    """A toy autoencoder: mean colours of 8 x 8 pixels, over and over in 16 channels."""

    def encode(self, images):
        colours = torch.as_tensor(images).permute(0, 3, 1, 2).float() / 127.5 - 1
        return torch.nn.functional.avg_pool2d(colours, 8).repeat(1, 6, 1, 1)[:, :16]

    def decode(self, latents):
        colours = ((latents[:, :3] + 1) * 127.5).clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
        return colours.repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="module")
def encoder():
    return PairEncoder(Averages(), TextEncoder(), torch.device("cpu"))


@pytest.fixture
def squares(monkeypatch, encoder):
    """The trainers get red squares and need neither photos nor artwork nor the autoencoder's weights nor processes."""
    for module in (pretrain, train_edit_lora):
        monkeypatch.setattr(module, "Job", lambda kind, held_out=False: Squares())
        monkeypatch.setattr(module, "Composers", lambda *_: Ready())
        monkeypatch.setattr(module, "PairEncoder", lambda *_: encoder)
        monkeypatch.setattr(module.Taef1, "load", lambda: encoder.vae)


def test_buckets_keep_their_area_and_suit_attention_kernels():
    assert set(buckets(192)) == {(192, 192), (224, 160), (160, 224), (256, 144), (144, 256)}
    for size in (64, 256, 384, 512):
        shapes = buckets(size)
        assert sum(shapes.values()) == pytest.approx(1)
        for height, width in shapes:
            assert height % 16 == width % 16 == 0 and (height * width // 256) % 4 == 0
            assert 0.7 < height * width / size**2 < 1.1
    with pytest.raises(ValueError, match="multiple of 16"):
        buckets(200)


def test_a_view_holds_each_picture_once():
    (view,) = compose_views(Squares(), SIZE, 3, seed=0)
    assert len(view.images) == 4 and view.source == [0, 0, 1] and view.target == [2, 3, 0]
    assert view.masks.shape == (3, 16) and view.masks[1].nonzero()[0].tolist() == [1]


def test_pairs_are_encoded_as_one_by_one(encoder):
    """Batches by padded text length hold the same numbers as encoding each picture and each text alone."""
    views = compose_views(Squares(), SIZE, 6, seed=1)[:1] * 2
    batches = encoder.encode(views)
    assert [batch.txt.shape[1] for batch, _ in batches] == [24, 96] and [len(metas) for _, metas in batches] == [4, 2]
    batch, metas = batches[0]
    assert [meta["place"] for meta in metas] == [0, 2, 0, 2] and metas[1]["text"] == TEXTS[0]
    tokens = pack(encoder.vae.encode(views[0].images))
    torch.testing.assert_close(batch.target[1].float(), tokens[0], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(batch.source[1].float(), tokens[1], rtol=1e-3, atol=1e-3)
    states, pooled = encoder.text.encode(TEXTS[0])
    assert batch.txt_mask[3].sum() == len(states)
    torch.testing.assert_close(batch.txt[3, : len(states)], states, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(batch.pooled[3], pooled, rtol=1e-4, atol=1e-4)
    assert not batch.txt[3, len(states) :].any()


def rows(values: list[float], grid=(2, 2), length=32) -> Batch:
    count = len(values)
    full = lambda *shape: torch.tensor(values).reshape(count, *[1] * len(shape)).expand(count, *shape).clone()
    real = torch.ones(count, length, dtype=torch.bool)
    return Batch(full(4, 64), full(4, 64), full(4), full(length, 384), real, full(384), grid)


def test_rings_grow_together_and_then_forget_the_oldest():
    rings = Rings(300, torch.device("cpu"))
    rings.add(rows([float(i) for i in range(200)]))
    rings.add(rows([1000.0 + i for i in range(100)], grid=(1, 4)))
    assert rings.filled == 300
    rings.add(rows([200.0 + i for i in range(250)]))  # more than the ring holds
    rings.add(rows([2000.0], grid=(4, 1)))  # a shape that comes late gets a little room
    assert rings.filled == 301
    held = rings.rings[((2, 2), 32)].take(torch.arange(200))
    assert sorted(held.source[:, 0, 0].tolist()) == [250.0 + i for i in range(200)]
    assert torch.equal(held.source[:, 0, 0], held.pooled[:, 0])
    rng, drawn = np.random.default_rng(0), []
    for _ in range(60):
        batch = rings.draw(16, rng)
        assert batch.source.dtype == torch.float32 and len(batch.source) == 16
        drawn.append(batch.grid)
    assert 25 < drawn.count((2, 2)) < 55 and (4, 1) not in drawn


class Ready:
    """Composing without processes; counts what was taken."""

    def __init__(self):
        self.taken = 0

    def ready(self, most, wait):
        views = compose_views(Squares(), SIZE, max(1, most - 2), self.taken)
        self.taken += sum(len(view.texts) for view in views)
        return views

    def release(self):
        pass

    def close(self):
        pass


def test_no_more_is_encoded_than_the_reuse_asks_for(encoder):
    composing = Ready()
    stream, rng = PairStream(composing, encoder, size=60, minimum=12, reuse=4), np.random.default_rng(0)
    for _ in range(20):
        assert len(stream.draw(8, rng).source) == 8
    figures = stream.statistics()
    assert figures["composed"] == composing.taken and 12 + 160 / 4 - 8 <= composing.taken <= 12 + 160 / 4 + 8
    assert 0 < figures["waiting"] < 1 and figures["reuse"] == pytest.approx(160 / composing.taken, abs=0.01)


def test_processes_hand_over_what_they_compose_and_say_when_they_fail():
    composers = Composers(Squares(), SIZE, workers=1, seed=3)
    try:
        shapes = set()
        for _ in range(12):  # more than there are slots: released ones come back
            for view in composers.ready(3, wait=True):
                shapes.add(view.images.shape[1:3])
                red = view.images[2][:16, :16].reshape(-1, 3)
                assert (red == [200, 0, 0]).all() and (view.images[0] == view.images[0][0, 0]).all()
            composers.release()
        assert len(shapes) > 1
    finally:
        composers.close()
    broken = Composers(Squares(fails=True), SIZE, workers=1, seed=3)
    with pytest.raises(ComposeError, match="ended"):
        while True:
            broken.ready(1, wait=True)


def test_trainers_are_fed_by_a_stream(squares, tmp_path):
    common = ["--stream", "--size", str(SIZE), "--workers", "1", "--minutes", "5", "--device", "cpu"]
    out = tmp_path / "run"
    pretrain.main([
        *common, "--out", str(out), "--hidden", "64", "--depth", "1", "--single", "1", "--batch", "8", "--ring", "200",
        "--ring-least", "24", "--max-steps", "20", "--sheets",
    ])  # fmt: skip
    records = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    assert records[0]["composed"] >= 24 and 0 < records[0]["waiting"] <= 1
    assert records[-1]["unexplained@0.8"] < 1 and (out / "sheet-0000020.png").stat().st_size > 1000
    args = train_edit_lora.arguments([
        *common, "--style", "edge", "--base", str(out / "checkpoint.pt"), "--out", str(tmp_path / "styles"),
        "--pairs", "12", "--batch", "4", "--max-steps", "3", "--threads", str(torch.get_num_threads()),
    ])  # fmt: skip
    adapter = load_adapter(train_edit_lora.train(args))
    assert all(b.abs().max() > 0 for _, b in adapter.values())
