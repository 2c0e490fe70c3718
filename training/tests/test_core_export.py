import torch

from export_nano import export_style, unpack_styles
from nano.config import FluxConfig
from nano.lora import load_adapter, new_adapter
from pairs.styles import STYLES

TINY = FluxConfig(hidden_size=64, num_heads=1, depth=1, depth_single_blocks=1)


def test_the_shipped_editloras_come_back_as_files_to_train_on(tmp_path):
    adapters = {}
    for seed, style in enumerate(STYLES):
        generator = torch.Generator().manual_seed(seed)
        adapter = new_adapter(TINY, 32, True, generator)
        adapters[style] = {name: (a, torch.randn(b.shape, generator=generator)) for name, (a, b) in adapter.items()}
        export_style(tmp_path / "styles" / style, style, adapters[style])
    unpack_styles(tmp_path, tmp_path / "files")
    for style, adapter in adapters.items():
        again = load_adapter(tmp_path / "files" / f"{style}.safetensors")
        assert again.keys() == adapter.keys()
        for name, factors in adapter.items():
            for factor, stored in zip(factors, again[name]):
                # 8 bits in blocks of 32: half a step of the block's largest value
                torch.testing.assert_close(stored, factor, rtol=0, atol=float(factor.abs().max()) / 200)
