import torch

from nano.checkpoint import Trained, load_trained, save_master
from nano.config import FluxConfig
from nano.model import Flux, initialise

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)


def test_a_master_file_gives_the_weights_back_to_half_precision(tmp_path):
    model = Flux(TINY)
    initialise(model, torch.Generator().manual_seed(3))
    path = tmp_path / "deep" / "nano.safetensors"
    save_master(path, Trained(TINY, model.state_dict(), 17600))
    again = load_trained(path)
    assert again.config == TINY and again.samples == 17600
    assert again.state.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state[name], value, rtol=1e-3, atol=1e-6)
        assert again.state[name].dtype == torch.float32
