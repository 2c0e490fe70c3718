"""What travels to and from a machine without network: parts, weights as f16, packed inputs that training reads as it is."""

import json

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import pack_inputs
import parcels
from nano.checkpoint import load_trained
from nano.config import FluxConfig
from nano.model import Flux
from nano.text import TextEncoder
from pairs.photos import load_index, load_photo
from parcels import ParcelError, read_parcel, write_parcel


def test_parts_join_again_and_losses_are_named(tmp_path):
    files = {"a.bin": np.random.default_rng(0).bytes(70_000), "deep/b.txt": b"hello"}
    for name, content in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    inside = {"a.bin": tmp_path / "in" / "a.bin", "deep": tmp_path / "in" / "deep"}
    parts = write_parcel(tmp_path / "parts", "work", inside, 20_000)
    assert len(parts) >= 4 and max(part.stat().st_size for part in parts) == 20_000
    assert write_parcel(tmp_path / "parts", "work", inside, 20_000) == parts == sorted((tmp_path / "parts").iterdir())
    read_parcel(tmp_path / "parts", "work", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files
    damaged = bytearray(parts[1].read_bytes())
    damaged[100] ^= 1
    parts[1].write_bytes(damaged)
    with pytest.raises(ParcelError, match="damaged"):
        read_parcel(tmp_path / "parts", "work", tmp_path / "out2")
    parts[1].unlink()
    with pytest.raises(ParcelError, match=r"\[1\]"):
        read_parcel(tmp_path / "parts", "work", tmp_path / "out3")
    with pytest.raises(ParcelError, match="no part of 'other'"):
        read_parcel(tmp_path / "parts", "other", tmp_path / "out4")


def test_weights_travel_as_halves_that_training_goes_on_from(tmp_path):
    config = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)
    ema = Flux(config).state_dict()
    torch.save({"config": config.to_json(), "ema": ema, "samples": 9}, tmp_path / "checkpoint.pt")
    save_file({"x.lora_A.weight": torch.full((2, 2), 1 / 3)}, tmp_path / "edge.safetensors", {"style": "edge"})
    (tmp_path / "curve.jsonl").write_text("{}\n")
    names = [str(tmp_path / name) for name in ("checkpoint.pt", "edge.safetensors", "curve.jsonl")]
    parcels.main(["send", "--name", "run", "--out", str(tmp_path / "parts"), "--part-mib", "0.1", *names])
    parcels.main(["receive", "--name", "run", "--parts", str(tmp_path / "parts"), "--to", str(tmp_path / "back")])
    trained = load_trained(tmp_path / "back" / "checkpoint.safetensors")
    assert trained.samples == 9 and trained.config == config
    for name, value in ema.items():
        torch.testing.assert_close(trained.state[name], value, rtol=1e-3, atol=1e-6)
    assert load_file(tmp_path / "back" / "edge.safetensors")["x.lora_A.weight"].dtype == torch.float16
    assert (tmp_path / "back" / "curve.jsonl").read_text() == "{}\n"


def test_packed_inputs_are_what_training_reads(tmp_path, monkeypatch):
    data = tmp_path / "data"
    for name in ("photos", "masks"):
        (data / name).mkdir(parents=True)
    ramp = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (100, 1))
    cv2.imwrite(str(data / "photos" / "one.jpg"), np.dstack([ramp] * 3))
    cv2.imwrite(str(data / "masks" / "one.png"), (ramp > 127).astype(np.uint8) * 255)
    line = {"id": "one", "set": "s", "subject": "dog", "width": 200, "height": 100, "coverage": 0.5, "sharp": 1.0, "licence": "CC0"}
    (data / "photos.jsonl").write_text(json.dumps(line) + "\n")
    for name in ("weights/taef1_encoder.safetensors", "weights/taef1_decoder.safetensors", "runs/artwork/atlas.npz", "init"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    for name, folder in (("DATA", "data"), ("WEIGHTS", "weights"), ("WORK", "runs")):
        monkeypatch.setenv(f"PHOTODOODLE_{name}", str(tmp_path / folder))
    before = TextEncoder().encode("add a red hat")
    packed, there = str(tmp_path / "packed"), tmp_path / "there"
    pack_inputs.main(["pack", "--out", packed, "--photo-px", "80", "--part-mib", "9", "--init", str(tmp_path / "init")])
    pack_inputs.main(["unpack", "--parts", packed, "--to", str(there)])
    assert (there / "weights/taef1_encoder.safetensors").read_text() == "weights/taef1_encoder.safetensors"
    assert (there / "runs/artwork/atlas.npz").exists() and (there / "init.safetensors").read_text() == "init"
    lines = dict(line.removeprefix("export ").split("=", 1) for line in (there / "env.sh").read_text().splitlines())
    assert lines["PHOTODOODLE_DATA"] == str(there / "data") and lines["PHOTODOODLE_WORK"] == str(there / "runs")
    (info,) = load_index(there / "data")
    photo = load_photo(info, there / "data")
    assert photo.image.shape == (40, 80, 3) and (info.width, info.height) == (80, 40)
    assert abs(float(photo.matte.mean()) - 0.5) < 0.02 and abs(float(photo.image.mean()) - 127.5) < 3
    monkeypatch.setenv("PHOTODOODLE_MINILM", lines["PHOTODOODLE_MINILM"])
    after = TextEncoder().encode("add a red hat")
    assert torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])
