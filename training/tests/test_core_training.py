"""A tiny pre-training run learns, stops, resumes; an EditLoRA trains on top and is read back."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import pretrain
import train_edit_lora
from nano.cache import UNKNOWN, Cache, Encoded, encode_change, is_large, softened, subject_tokens, token_mask
from nano.checkpoint import load_trained
from nano.lora import load_adapter
from nano.manifest import read_manifest
from nano.model import Flux
from nano import objective
from nano.config import FluxConfig
from nano.objective import BatchSampler, Views, draw_batch, subject_loss
from export_nano import export_style, export_transformer

PAIRS = 12
GRID = (2, 3)


@pytest.fixture
def cache(tmp_path):
    """A shard as cache_pairs.py writes it, with random tokens and a constant change on half of the tokens."""
    rng, folder = np.random.default_rng(0), tmp_path / "cache"
    folder.mkdir()
    sources = rng.normal(size=(3, 6, 64)).astype(np.float16)
    index, masks = np.arange(PAIRS) % 3, np.tile([1, 1, 1, 0, 0, 0], (PAIRS, 1)).astype(np.float16)
    np.savez(
        folder / "a.npz", sources=sources, source_index=index, masks=masks,
        targets=(sources[index] + masks[..., None]).astype(np.float16), text_index=np.arange(PAIRS) % 2,
        states=rng.normal(size=(9, 384)).astype(np.float16), offsets=np.array([0, 4, 9]),
        pooled=rng.normal(size=(2, 384)).astype(np.float16), grid=np.array(GRID),
        meta=np.array(json.dumps([{"text": "x"}] * PAIRS)),
    )  # fmt: skip
    return folder


def run(cache, out, *more):
    pretrain.main([
        "--cache", str(cache), "--validation", str(cache), "--out", str(out), "--hidden", "64", "--depth", "1",
        "--single", "1", "--batch", "4", "--minutes", "30", *more,  # bounded by steps: a busy machine trains exactly like a free one
    ])  # fmt: skip
    return torch.load(out / "checkpoint.pt", weights_only=True)


def test_pretraining_learns_and_resumes(cache, tmp_path):
    out = tmp_path / "run"
    first = run(cache, out, "--max-steps", "20")
    assert first["step"] == 20 and 80 < first["samples"] < 160  # a batch of windows is twice as large
    second = run(cache, out, "--max-steps", "40", "--resume")
    assert second["step"] == 40 and second["config"] == first["config"]
    records = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    missed, objective = ([record[name] for record in records if name in record] for name in ("unexplained@0.8", "objective"))
    assert len(missed) == 2 and max(missed) < 1 and objective[1] < objective[0]


def test_pretraining_in_bf16_learns_the_same(cache, tmp_path):
    """On a CPU without bf16 instructions it is slow and right."""
    told = lambda out: [r["unexplained@0.8"] for r in map(json.loads, (out / "curve.jsonl").read_text().splitlines()) if "unexplained@0.8" in r]
    for kind in ("--bf16", "--no-bf16"):
        run(cache, tmp_path / kind, "--max-steps", "20", kind)
    assert told(tmp_path / "--bf16")[-1] == pytest.approx(told(tmp_path / "--no-bf16")[-1], abs=0.03)
    assert torch.load(tmp_path / "--bf16" / "checkpoint.pt", weights_only=True)["model"]["img_in.weight"].dtype == torch.float32


def test_the_network_is_asked_where_the_subject_is(cache, tmp_path):
    shard = dict(np.load(cache / "a.npz"))
    shard["subjects"] = np.tile((shard["sources"][shard["source_index"]][..., :1] > 0).astype(np.float16), (1, 1, 4))
    np.savez(cache / "a.npz", **shard)
    told = lambda out: [r["subject"] for r in map(json.loads, (out / "curve.jsonl").read_text().splitlines()) if "subject" in r]
    asked, unasked, late = tmp_path / "asked", tmp_path / "unasked", tmp_path / "late"
    run(cache, asked, "--max-steps", "80")
    assert told(asked)[-1] < 0.8 * told(asked)[0]  # 0.69 is a guess
    without = run(cache, unasked, "--max-steps", "20", "--subject", "0")
    assert told(unasked) == [0.0] and len(without["optimisers"]) == 2
    late.mkdir()
    torch.save(without, late / "checkpoint.pt")
    assert len(run(cache, late, "--max-steps", "40", "--resume")["optimisers"]) == 3 and told(late)[0] > 0.3


def test_a_subject_in_tokens():
    matte = np.zeros((32, 16), np.float32)
    matte[:8] = 1  # the first token's upper quarters
    matte[24:, 8:] = 0.5  # the second one's lower right
    assert subject_tokens(matte, (32, 16)).tolist() == [[1, 1, 0, 0], [0, 0, 0, 0.5]]
    assert (subject_tokens(None, (32, 16)) == UNKNOWN).all()
    logits = torch.tensor([[[9.0, 9, -9, -9], [-9, -9, -9, 9]]])
    known = torch.from_numpy(subject_tokens(np.rint(matte + 0.1), (32, 16)))[None]
    assert subject_loss(logits, known) < 1e-3 < 1 < subject_loss(-logits, known)
    assert subject_loss(logits, torch.full_like(known, UNKNOWN)) == 0


def test_edit_lora_trains_from_the_base(cache, tmp_path):
    base = run(cache, tmp_path / "run", "--max-steps", "10")
    args = train_edit_lora.arguments([
        "--style", "edge", "--cache", str(cache), "--base", str(tmp_path / "run" / "checkpoint.pt"),
        "--out", str(tmp_path / "styles"), "--minutes", "0.5", "--max-steps", "5", "--rank", "32", "--batch", "4",
    ])  # fmt: skip
    threads = torch.get_num_threads()
    adapter = load_adapter(train_edit_lora.train(args))
    torch.set_num_threads(threads)
    assert all(b.abs().max() > 0 for _, b in adapter.values())
    config = FluxConfig.from_json(base["config"])
    export_style(tmp_path / "out" / "edge", "edge", adapter)
    export_transformer(tmp_path / "out" / "transformer", config, base["ema"], "Q8")
    read_config, tensors = read_manifest(tmp_path / "out" / "transformer")
    model = Flux(FluxConfig.from_json(read_config))
    model.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in tensors.items()})
    for name, ours in base["ema"].items():
        assert (model.state_dict()[name] - ours).norm() <= 0.01 * ours.norm() + 1e-6
    assert read_manifest(tmp_path / "out" / "edge")[0]["rank"] == 32


def test_large_pictures_are_seen_through_windows_in_crops_or_whole(cache, monkeypatch):
    monkeypatch.setattr(objective, "WINDOW", 2)
    views = Views(windows=0.5, close_ups=0.3, whole=0.2)
    draw = lambda choice: draw_batch(BatchSampler(Cache(cache), 4, np.random.default_rng(0)), views, choice, np.random.default_rng(1))
    assert draw(0.6).kept is None and draw(0.4).kept.shape == (8, 4)
    monkeypatch.setattr(objective, "is_large", lambda grid: True)
    assert draw(0.6).kept.shape == (8, 4)
    assert draw(0.1).kept is None and len(draw(0.1).source) == 4
    monkeypatch.setattr(objective, "WHOLE_TOKENS", 3)  # the grid has six: half as many pictures
    assert len(draw(0.1).source) == 2
    assert draw(0.3).soft is None  # older caches have no softened targets


def test_crops_are_shown_softened_and_count_their_places_from_the_corner(monkeypatch):
    grid, rng = (8, 6), np.random.default_rng(0)
    monkeypatch.setattr(objective, "FIRST_PASS", 16 * math.sqrt(48) / 2)  # half of the side
    values = torch.arange(48.0)[:, None].expand(48, 64)
    mask = torch.zeros(8, 6)
    mask[5, 4] = 1
    sample = Encoded(values, values + 100, mask.flatten(), torch.zeros(3, 384), torch.zeros(384), grid, {}, soft=values + 50)
    batch = objective.close_ups([sample] * 3, rng)
    assert batch.grid == (4, 3) and batch.kept is None and (batch.mask.sum(1) == 1).all()
    sigma, shown = objective.shown_close(batch, rng)
    assert (sigma >= objective.CLOSE_SIGMAS[0]).all() and (sigma <= objective.CLOSE_SIGMAS[1]).all()
    assert (shown >= batch.source + 50 - 1e-3).all() and (shown <= batch.target + 1e-3).all()


def test_a_softened_doodle_leaves_the_photo_alone_and_blurs_its_edge():
    source = np.full((384, 384, 3), 100, np.uint8)
    alpha = np.zeros((384, 384), np.float32)
    alpha[100:200, 101:201] = 1
    target = np.where(alpha[..., None] > 0, np.uint8(250), source)
    soft = softened(source, target, alpha)
    assert (soft[:90] == 100).all() and abs(int(soft[150, 150, 0]) - 250) <= 1
    edge = soft[150, 92:112, 0].astype(int)
    assert ((edge > 110) & (edge < 240)).sum() >= 2 and (np.abs(np.diff(edge)) < 150).all()
    assert is_large((24, 24)) and not is_large((12, 12))


def test_weights_without_positions_go_on_with_them(cache, tmp_path):
    run(cache, tmp_path / "before", "--max-steps", "4")
    init = tmp_path / "before" / "checkpoint.pt"
    kept = run(cache, tmp_path / "kept", "--max-steps", "1", "--init", str(init), "--position-embed", "--muon-lr", "0", "--adam-lr", "0")
    old, new = load_trained(init), load_trained(tmp_path / "kept" / "checkpoint.pt")
    assert kept["config"]["position_embed"] and not old.config.position_embed
    sample = Cache(cache)
    sample.refresh()
    batch = objective.collate([sample[0], sample[2]])
    networks = [Flux(trained.config).requires_grad_(False) for trained in (old, new)]
    for network, trained in zip(networks, (old, new)):
        network.load_state_dict(trained.state)
    img = torch.cat((batch.target, batch.source), dim=1)
    rope = networks[0].rope(GRID, batch.txt.shape[1])
    answer = lambda network, tables: network(img, batch.txt, batch.pooled, torch.ones(2), tables, txt_mask=batch.txt_mask)
    torch.testing.assert_close(answer(networks[0], rope), answer(networks[1], rope))  # nothing has been learnt yet
    networks[1].pos_in.weight.normal_(generator=torch.Generator().manual_seed(0))
    each = tuple(table.expand(2, -1, -1)[:, None] for table in rope)  # as windows have them
    torch.testing.assert_close(answer(networks[1], each), answer(networks[1], rope))
    assert (answer(networks[1], rope) - answer(networks[0], rope)).abs().max() > 1e-3


def test_the_ablations_train_all_weights_and_a_few_pairs(cache, tmp_path):
    base = tmp_path / "run" / "checkpoint.pt"
    before = run(cache, tmp_path / "run", "--max-steps", "4")["ema"]
    common = ["--style", "edge", "--cache", str(cache), "--base", str(base), "--minutes", "30", "--max-steps", "3", "--batch", "4"]
    threads, changed = torch.get_num_threads(), {}
    for option in ("--full", "--from-nothing"):
        args = train_edit_lora.arguments([*common, "--out", str(tmp_path / option), "--first", "5", option])
        state = load_trained(train_edit_lora.train(args)).state
        changed[option] = sum((state[name] - before[name]).square().sum().item() for name in before)
    torch.set_num_threads(threads)
    assert 0 < changed["--full"] < changed["--from-nothing"]
    assert len(train_edit_lora.first_pairs(cache, 5)) == 5
    with pytest.raises(SystemExit):
        train_edit_lora.arguments([*common, "--full", "--resume"])


def test_cache_reads_back_what_a_shard_holds(cache):
    pairs = Cache(cache)
    assert pairs.refresh() == PAIRS and pairs.refresh() == 0
    sample = pairs[1]
    assert sample.grid == GRID and sample.states.shape == (5, 384)
    assert torch.allclose(sample.target[:3], sample.source[:3] + 1, atol=2e-3)
    assert torch.equal(sample.target[3:], sample.source[3:])


def test_a_change_is_encoded_alone():
    """Away from the change the base's latents stay; inside, the new picture's come, at their own place."""
    base = np.zeros((64, 96, 3), np.uint8)
    image = base.copy()
    image[40:44, 60:64] = 255
    encode = lambda pictures: torch.from_numpy(pictures[:, ::8, ::8, 0].astype(np.float32))[:, None]
    image[40, 56] = 200
    latents = encode_change(SimpleNamespace(encode=encode), image, base, torch.full((1, 1, 8, 12), -1.0))
    assert latents[0, 0, 5, 7] == 200 and latents[0, 0, 0, 0] == -1 and latents[0, 0, 7, 11] == -1


def test_token_mask_takes_the_greatest_alpha():
    alpha = np.zeros((32, 48), np.float32)
    alpha[20, 40] = 0.7
    assert token_mask(alpha).tolist() == pytest.approx([0, 0, 0, 0, 0, 0.7])
