"""TAEF1, the tiny autoencoder of FLUX.1's latent space (madebyollin/taef1, MIT).

Images are in [0, 1]; latents come out already scaled, so there is no shift and no scale. Convolutions run
channels_last, which is about twice as fast on a CPU.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from nano.manifest import read_manifest
from nano.settings import REPO_ROOT, weights_dir

SHIPPED = REPO_ROOT / "public" / "models" / "nano" / "autoencoder"
LATENT_CHANNELS = 16
PIXELS_PER_TOKEN = 16


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        conv = lambda: nn.Conv2d(64, 64, 3, padding=1)
        self.conv = nn.Sequential(conv(), nn.ReLU(), conv(), nn.ReLU(), conv())

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x) + x)


class Clamp(nn.Module):
    """Soft clamp of latents to +-3, as the decoder was trained with."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / 3) * 3


def _down() -> nn.Conv2d:
    return nn.Conv2d(64, 64, 3, stride=2, padding=1, bias=False)


def _up() -> tuple[nn.Module, nn.Module]:
    return nn.Upsample(scale_factor=2), nn.Conv2d(64, 64, 3, padding=1, bias=False)


def _encoder() -> nn.Sequential:
    stages = [nn.Conv2d(3, 64, 3, padding=1), Block()]
    for _ in range(3):
        stages += [_down(), Block(), Block(), Block()]
    return nn.Sequential(*stages, nn.Conv2d(64, LATENT_CHANNELS, 3, padding=1))


def _decoder() -> nn.Sequential:
    stages = [Clamp(), nn.Conv2d(LATENT_CHANNELS, 64, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        stages += [Block(), Block(), Block(), *_up()]
    return nn.Sequential(*stages, Block(), nn.Conv2d(64, 3, 3, padding=1))


class Taef1(nn.Module):
    def __init__(self, bf16: bool = False) -> None:
        super().__init__()
        self.bf16 = bf16
        self.encoder, self.decoder = _encoder(), _decoder()

    @classmethod
    def load(cls, folder: Path | None = None, bf16: bool = False) -> "Taef1":
        """Reads `taef1_{encoder,decoder}.safetensors`, rounded to f16 as the app ships them; without them, what it ships.

        bf16: encode in bf16 on a CPU with instructions for it, at less than half the cost and a relative error of 1.2 % (training only).
        """
        model, folder = cls(bf16), folder or weights_dir()
        parts = {part: folder / f"taef1_{part}.safetensors" for part in ("encoder", "decoder")}
        if all(path.exists() for path in parts.values()):
            state = {f"{part}.{name}": value.half().float() for part, path in parts.items() for name, value in load_file(path).items()}
        else:
            state = {name: torch.from_numpy(values.copy()) for name, values in read_manifest(SHIPPED)[1].items()}
        model.load_state_dict(state)
        return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def encode(self, images: np.ndarray | Tensor) -> Tensor:
        """uint8 [B, H, W, 3], H and W multiples of 8 -> latents f32 [B, 16, H / 8, W / 8], on the weights' device.

        The convolutions run in the weights' dtype: f32 as loaded, f16 after `.half()`.
        """
        weight = self.encoder[0].weight
        if isinstance(images, np.ndarray):
            images = torch.from_numpy(np.ascontiguousarray(images))
        # permuting NHWC memory gives a channels_last tensor without a copy
        pixels = images.to(weight.device).permute(0, 3, 1, 2).to(weight.dtype) / 255
        with torch.autocast(weight.device.type, torch.bfloat16, enabled=self.bf16):
            return self.encoder(pixels).float().contiguous()

    @torch.no_grad()
    def decode(self, latents: Tensor) -> np.ndarray:
        """latents f32 [B, 16, h, w] on any device -> uint8 [B, 8 h, 8 w, 3]."""
        latents = latents.to(self.decoder[1].weight).contiguous(memory_format=torch.channels_last)
        pixels = self.decoder(latents).float().clamp(0, 1)
        return (pixels * 255).round().byte().permute(0, 2, 3, 1).contiguous().cpu().numpy()


def pack(latents: Tensor) -> Tensor:
    """[B, 16, 2r, 2c] -> tokens [B, r * c, 64]; a token is channel-major: channel, row in patch, column in patch."""
    b, channels, height, width = latents.shape
    patches = latents.reshape(b, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return patches.reshape(b, (height // 2) * (width // 2), channels * 4)


def unpack(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """tokens [B, r * c, 64] -> latents [B, 16, 2r, 2c]."""
    b, (rows, columns) = len(tokens), grid
    patches = tokens.reshape(b, rows, columns, -1, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return patches.reshape(b, -1, rows * 2, columns * 2)
