"""What the app ships read back with its styles."""

import json

import numpy as np
import pytest
import torch
from doubles import tiny_codec, tiny_drawing, tiny_layout
from safetensors.torch import save_file

from data.settings import text_encoder_dir
from model.codec import ALPHA_GAIN
from model.lora import adapter_of, merged, new_adapter
from scripts.export import ALPHA_GAINS, export
from train.masters import load_trained, save_checkpoint


def style_factors(parts: dict, rank=4) -> dict[str, torch.Tensor]:
    """A style's file of random factors on both networks."""
    factors, generator = {}, torch.Generator().manual_seed(0)
    for part, model in parts.items():
        for name, (a, b) in new_adapter(model.config, rank, generator).items():
            factors[f"{part}.{name}.lora_A.weight"] = a
            factors[f"{part}.{name}.lora_B.weight"] = 0.2 * torch.randn(b.shape, generator=generator)
    return factors


def test_the_exported_folder_is_read_back_with_its_styles(tmp_path, monkeypatch, capsys):
    from model import inference

    if not (text_encoder_dir() / "vocab.txt").is_file():
        pytest.skip("no text encoder in public/models/nano")
    parts, work, out = {"drawing": tiny_drawing(), "layout": tiny_layout()}, tmp_path / "work", tmp_path / "nano"
    style = style_factors(parts)
    for folder, part in (("drawing", "drawing"), ("layout-run", "layout")):
        (work / folder / "styles").mkdir(parents=True)
        save_checkpoint(work / folder, parts[part].config, parts[part].state_dict(), 7)
        own = {name: value for name, value in style.items() if name.startswith(part)}
        save_file(own, work / folder / "styles" / "magic.safetensors")
    tiny_codec().save(work / "codec-256.safetensors")
    monkeypatch.setenv("PHOTODOODLE_WORK", str(work))
    export(["--out", str(out)])
    assert "drawing" in capsys.readouterr().out
    about = json.loads((out / "model.json").read_text())
    assert about["prediction"] == "layer" and [style["id"] for style in about["styles"]] == ["magic"]
    assert load_trained(out / "drawing").samples == 7
    (out / "text-encoder").symlink_to(text_encoder_dir())

    nano = inference.Nano.load(out)
    assert nano.gains == {None: ALPHA_GAIN, "magic": ALPHA_GAINS["magic"]}
    for name, value in parts["drawing"].state_dict().items():
        assert (nano.base["drawing"][name] - value).norm() <= 0.01 * value.norm() + 1e-6, name
    bare = nano.drawing.single_blocks[0].linear1.weight.clone()
    nano.use("magic")
    drawn = adapter_of("drawing", style)
    expected = merged(nano.base["drawing"], drawn, parts["drawing"].config)["single_blocks.0.linear1.weight"]
    ours = nano.drawing.single_blocks[0].linear1.weight
    close = 0.01 * (expected - bare).norm() + 1e-4 * expected.norm()
    assert (ours - expected).norm() < close < (ours - bare).norm()
    nano.use(None)
    assert torch.equal(nano.drawing.single_blocks[0].linear1.weight, bare)

    image, matte = np.full((60, 90, 3), 90, np.uint8), np.zeros((60, 90), np.float32)
    plane = lambda *shape: np.zeros(shape, np.float32)
    photo = inference.Prepared(image, matte, plane(320, 320), plane(144, 192), plane(144, 7))
    nano.layout(photo, "add a red crown", 1)
    boxes = [inference.Box(0.5, 0.4, 0.3, 0.3, "front", (4, 15)), inference.Box(0.5, 0.5, 1, 1, "whole", (0, 0))]
    drawn = nano.draw(photo, "add a red crown", boxes, 1)
    assert [element.words for element in drawn] == ["a red crown", "add a red crown"]
    assert drawn[0].layer.shape == (256, 256, 5) and drawn[1].layer.shape == (352, 512, 5)
    assert inference.shown(image, matte, drawn)[0].shape == image.shape
