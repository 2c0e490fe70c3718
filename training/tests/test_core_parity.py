"""The transformer's blocks and the LoRA merge against numbers from the reference code."""

import json

import pytest
import torch
from safetensors.torch import load_file

from nano.config import FluxConfig
from nano.lora import load_adapter, merged
from nano.model import Flux
from nano.settings import parity_dir

CASES = parity_dir()
pytestmark = pytest.mark.skipif(CASES is None, reason="no parity cases: neither tests/parity nor ../shared/parity")


def rel_l2(ours: torch.Tensor, expected: torch.Tensor) -> float:
    return ((ours - expected).norm() / expected.norm()).item()


def open_case(name: str):
    folder = CASES / name
    case = json.loads((folder / "case.json").read_text())
    load = lambda key: {k: v.float() for k, v in load_file(folder / case[key]).items()}
    model = Flux(FluxConfig.from_json(case["config"]))
    model.load_state_dict(load("weights"))
    if "lora" in case:
        adapter = load_adapter(folder / case["lora"]["file"])
        model.load_state_dict(merged(model.state_dict(), adapter, model.config, case["lora"]["strength"]))
    return model.eval(), case, load("inputs"), load("expected")


@pytest.mark.parametrize("name", ["transformer-guidance", "transformer-bf16-no-guidance", "transformer-position-embed", "lora-diffusers"])
def test_velocity(name):
    model, case, inputs, expected = open_case(name)
    rope = model.rope(tuple(case["grid"]), inputs["txt"].shape[1])
    with torch.no_grad():
        ours = model(inputs["img"], inputs["txt"], inputs["pooled"], inputs["timestep"], rope, inputs.get("guidance"))
    assert rel_l2(ours, expected["velocity"]) <= case["tolerance"]["rel_l2"]


def test_padded_text_with_a_mask_changes_nothing():
    model, case, inputs, expected = open_case("transformer-guidance")
    txt, real = inputs["txt"], inputs["txt"].shape[1]
    padded = torch.cat((txt, torch.randn(1, 3, txt.shape[2], generator=torch.Generator().manual_seed(0))), dim=1)
    mask = torch.arange(real + 3)[None] < real
    rope = model.rope(tuple(case["grid"]), real + 3)
    with torch.no_grad():
        ours = model(
            inputs["img"], padded, inputs["pooled"], inputs["timestep"], rope, inputs["guidance"], txt_mask=mask
        )
    assert rel_l2(ours, expected["velocity"]) <= case["tolerance"]["rel_l2"]
