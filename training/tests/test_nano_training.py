"""The loop, files of weights, styles on both networks, and what the app ships read back."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import export_nano
from nano.loop import Average, Schedule, optimisers, train
from nano.lora import merged, new_adapter, targets
from nano.masters import Trained, begin, load_trained, newest, save_checkpoint, save_master
from nano.settings import text_encoder_dir
from nets import tiny_codec, tiny_drawing, tiny_layout


def run(out, minutes=1.0, samples=0, most=64, saved=None):
    """Fits one number to 3 by the loop; what was saved: (average, samples)."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], 0.1)
    saved = saved if saved is not None else []

    def objective():
        return (weight - 3).square().sum(), 4

    save = lambda average, seen: saved.append((average["weight"].clone(), seen))
    measure = lambda average: {"weight": average["weight"].item()}
    seen = train({"weight": weight}, [optimiser], objective, Schedule(minutes, 0.1, 0.1, 0.0, 1), out, save, measure, samples, most_samples=most)
    return weight.item(), seen, saved


def test_a_run_ends_after_its_samples_counts_on_and_keeps_averages(tmp_path):
    weight, seen, saved = run(tmp_path, samples=100)
    assert seen == 164 and saved[-1][1] == 164
    assert 0 < saved[-1][0].item() < weight <= 3  # the average lags behind
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["done"] and last["samples"] == 164 and last["weight"] == pytest.approx(saved[-1][0].item())


def test_a_run_ends_by_the_clock(tmp_path):
    _, seen, saved = run(tmp_path, minutes=0.002, most=10**12)
    assert seen > 0 and saved[-1][1] == seen


def test_rates_rise_hold_and_fall():
    schedule = Schedule(1, decay=0.5, warm_up=10)
    assert [round(schedule.factor(p, s), 3) for p, s in ((0, 0), (0, 4), (0.4, 99), (0.75, 99), (1, 99))] == [0.1, 0.5, 1, 0.5, 0]


def test_an_average_follows_and_settles():
    average, value = Average({"a": torch.zeros(1)}), {"a": torch.ones(1)}
    for step in range(1, 40):
        average.update(value, step)
    assert 0.9 < average.values["a"].item() < 1


def test_matrices_of_the_blocks_go_to_muon_and_all_else_to_adam():
    model = tiny_drawing()
    muon, adam = optimisers(model, Schedule(1))
    orthogonal = {id(p): group["pieces"] for group in muon.param_groups for p in group["params"]}
    plain = {id(p) for group in adam.param_groups for p in group["params"]}
    named = dict(model.named_parameters())
    assert orthogonal[id(named["double_blocks.0.img_attn.qkv.weight"])] == 3 and orthogonal[id(named["single_blocks.0.linear1.weight"])] == 7
    assert {id(named[n]) for n in ("img_in.weight", "final_layer.linear.weight", "single_blocks.0.modulation.lin.weight")} <= plain
    assert len(orthogonal) + len(plain) == len(named)
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    before = named["single_blocks.0.linear2.weight"].detach().clone()
    muon.step()
    assert (named["single_blocks.0.linear2.weight"] - before).abs().mean() > 1e-5


def test_masters_and_checkpoints_are_what_training_goes_on_from(tmp_path, monkeypatch):
    model = tiny_layout()
    save_checkpoint(tmp_path, model.config, model.state_dict(), 480)
    again = load_trained(tmp_path / "checkpoint.pt")
    assert again.samples == 480 and again.config == model.config
    save_master(tmp_path / "deep" / "layout.safetensors", again)
    master = load_trained(tmp_path / "deep" / "layout.safetensors")
    assert master.samples == 480 and master.config == model.config
    for name, value in model.state_dict().items():
        torch.testing.assert_close(master.state[name], value, rtol=1e-3, atol=1e-4)
        assert master.state[name].dtype == torch.float32
    # --init counts on, --resume prefers the run's own, neither starts anew at zero
    from_master, samples = begin(tmp_path / "other", False, tmp_path / "deep" / "layout.safetensors", model.config, 0)
    assert samples == 480 and torch.equal(from_master.img_in.weight, master.state["img_in.weight"])
    assert begin(tmp_path, True, None, model.config, 0)[1] == 480
    fresh, samples = begin(tmp_path, False, None, model.config, 0)
    assert samples == 0 and not fresh.final_layer.linear.weight.any()
    with pytest.raises(SystemExit, match="does not exist"):
        begin(tmp_path / "other", True, None, model.config, 0)
    monkeypatch.setenv("PHOTODOODLE_WORK", str(tmp_path))
    assert newest("drawing").name == "drawing"
    (tmp_path / "drawing").mkdir()
    (tmp_path / "drawing" / "checkpoint.pt").touch()
    assert newest("drawing") == tmp_path / "drawing" / "checkpoint.pt"


def style_factors(parts: dict, rank=4) -> dict[str, torch.Tensor]:
    """A style's file of random factors on both networks."""
    factors, generator = {}, torch.Generator().manual_seed(0)
    for part, model in parts.items():
        for name, (a, b) in new_adapter(model.config.blocks(), rank, True, generator).items():
            factors[f"{part}.{name}.lora_A.weight"] = a
            factors[f"{part}.{name}.lora_B.weight"] = 0.2 * torch.randn(b.shape, generator=generator)
    return factors


def test_the_exported_folder_is_read_back_with_its_styles(tmp_path, monkeypatch, capsys):
    pytest.importorskip("onnxruntime")
    inference = pytest.importorskip("nano.inference", exc_type=ImportError)
    if not (text_encoder_dir() / "vocab.txt").is_file():
        pytest.skip("no text encoder in public/models/nano")
    parts, work = {"drawing": tiny_drawing(), "layout": tiny_layout()}, tmp_path / "work"
    for folder, part in (("drawing", "drawing"), ("layout-run", "layout")):
        (work / folder).mkdir(parents=True)
        save_checkpoint(work / folder, parts[part].config, parts[part].state_dict(), 7)
    tiny_codec().save(work / "codec-256.safetensors")
    (work / "styles").mkdir()
    save_file(style_factors(parts), work / "styles" / "magic.safetensors")
    monkeypatch.setenv("PHOTODOODLE_WORK", str(work))
    monkeypatch.setattr("nano.masters.MASTERS", tmp_path / "masters")
    out = tmp_path / "nano"
    (out / "transformer").mkdir(parents=True)
    export_nano.main(["--out", str(out), "--masters"])
    assert "drawing" in capsys.readouterr().out and not (out / "transformer").exists()
    about = json.loads((out / "model.json").read_text())
    assert about["prediction"] == "layer" and [style["id"] for style in about["styles"]] == ["magic"]
    assert load_trained(tmp_path / "masters" / "drawing.safetensors").samples == 7
    assert load_file(tmp_path / "masters" / "codec.safetensors")["layer.encode"].dtype == torch.float16
    (out / "text-encoder").symlink_to(text_encoder_dir())

    nano = inference.Nano.load(out)
    for name, value in parts["drawing"].state_dict().items():
        stored = nano.base["drawing"][name]
        assert (stored - value).norm() <= 0.01 * value.norm() + 1e-6, name
    bare = nano.drawing.single_blocks[0].linear1.weight.clone()
    nano.use("magic")
    factors, config = load_file(work / "styles" / "magic.safetensors"), parts["drawing"].config.blocks()
    adapter = {t.name: tuple(factors[f"drawing.{t.name}.lora_{side}.weight"] for side in "AB") for t in targets(config, True)}
    expected = merged(nano.base["drawing"], adapter, config)["single_blocks.0.linear1.weight"]
    ours = nano.drawing.single_blocks[0].linear1.weight
    assert (ours - expected).norm() < 0.01 * (expected - bare).norm() + 1e-4 * expected.norm() < (ours - bare).norm()
    nano.use(None)
    assert torch.equal(nano.drawing.single_blocks[0].linear1.weight, bare)

    rng = np.random.default_rng(0)
    image, matte = rng.integers(0, 255, (60, 90, 3)).astype(np.uint8), np.zeros((60, 90), np.float32)
    photo = inference.Prepared(image, matte, np.zeros((320, 320), np.float32), np.zeros((144, 192), np.float32))
    nano.layout(photo, "add a red crown", 1)
    boxes = [inference.Box(0.5, 0.4, 0.3, 0.3, "front", (4, 15)), inference.Box(0.5, 0.5, 1, 1, "whole", (0, 0))]
    drawn = nano.draw(photo, "add a red crown", boxes, 1)
    assert [element.words for element in drawn] == ["a red crown", "add a red crown"]
    assert drawn[0].layer.shape == (256, 256, 5) and drawn[1].layer.shape == (352, 512, 5)
    assert nano.composite(photo, drawn).shape == image.shape


def test_a_style_changes_both_networks_through_the_merge():
    for part, model in (("drawing", tiny_drawing()), ("layout", tiny_layout())):
        config, factors = model.config.blocks(), style_factors({part: model})
        adapter = {t.name: tuple(factors[f"{part}.{t.name}.lora_{side}.weight"] for side in "AB") for t in targets(config, True)}
        state, x = model.state_dict(), torch.randn(3, config.hidden_size)
        dense = merged(state, adapter, config, 0.7)
        for name in ("transformer_blocks.0.attn.to_k", "single_transformer_blocks.0.proj_mlp"):
            target = next(t for t in targets(config, True) if t.name == name)
            a, b = adapter[name]
            rows = slice(target.start, target.stop)
            torch.testing.assert_close(x @ dense[target.weight][rows].T, x @ state[target.weight][rows].T + 0.7 * (x @ a.T) @ b.T)
        assert set(dense) == set(state) and torch.equal(dense["img_in.weight"], state["img_in.weight"])
        assert isinstance(Trained(model.config, dense, 0).network(), type(model))
