#!/usr/bin/env python3
"""Compares blocks run by the engine with the same blocks in float32 PyTorch, written from the FLUX.1 paper's equations.

    npx photodoodle bench --flux-blocks --runs 1 --save DIR
    python scripts/flux_block_reference.py DIR/double.safetensors DIR/single.safetensors [--tolerance 1e-3]

Each file holds one block's 4-bit weights (two codes a byte, low half first, value (code - 8) * scale, 32 values to a
scale), its low-rank matrices, its inputs and the engine's output. Needs torch and safetensors. Exits 1 where the
relative L2 error is larger than allowed.
"""

import argparse
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

HEADS = 24
TEXT = 512


class Block:
    def __init__(self, path: str):
        self.tensors = {
            name: value.float() if value.is_floating_point() else value for name, value in load_file(path).items()
        }

    def matrix(self, name: str) -> torch.Tensor:
        """A weight [outputs, inputs] in float32."""
        codes = self.tensors[f"{name}.weight"]
        low, high = codes & 15, codes >> 4
        values = torch.stack([low, high], dim=-1).reshape(*codes.shape[:2], 32).float() - 8
        return (values * self.tensors[f"{name}.weight.scales"].reshape(*codes.shape[:2], 1)).reshape(codes.shape[0], -1)

    def linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        y = F.linear(x, self.matrix(name), self.tensors[f"{name}.bias"])
        if f"{name}.lora_a" in self.tensors:
            y += x @ self.tensors[f"{name}.lora_a"].T @ self.tensors[f"{name}.lora_b"].T
        return y

    def modulation(self, name: str, count: int) -> list[torch.Tensor]:
        return list(self.linear(name, self.tensors["conditioning"])[0].chunk(count))

    def heads(self, qkv: torch.Tensor, norm: str) -> list[torch.Tensor]:
        """q and k after RMSNorm, and v: [heads, tokens, head]."""
        tokens = qkv.shape[0]
        q, k, v = qkv.reshape(tokens, 3, HEADS, -1).permute(1, 2, 0, 3)
        rms = lambda x, scale: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * scale
        return [rms(q, self.tensors[f"{norm}.query_norm.scale"]), rms(k, self.tensors[f"{norm}.key_norm.scale"]), v]

    def rotate(self, x: torch.Tensor) -> torch.Tensor:
        """Adjacent pairs as complex numbers, turned by their angle."""
        turn = torch.complex(self.tensors["cos"], self.tensors["sin"])
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
        return torch.view_as_real(pairs * turn).flatten(-2)

    def attention(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        attended = F.scaled_dot_product_attention(self.rotate(q)[None], self.rotate(k)[None], v[None])[0]
        return attended.transpose(0, 1).flatten(1)


def modulated(x: torch.Tensor, shift: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


def double_block(block: Block) -> torch.Tensor:
    x = block.tensors["x"]
    streams = {"txt": x[:TEXT], "img": x[TEXT:]}
    mods = {name: block.modulation(f"{name}_mod.lin", 6) for name in streams}
    heads = {}
    for name, stream in streams.items():
        shift, scale = mods[name][:2]
        qkv = block.linear(f"{name}_attn.qkv", modulated(stream, shift, scale))
        heads[name] = block.heads(qkv, f"{name}_attn.norm")
    attended = block.attention(*[torch.cat([t, i], dim=1) for t, i in zip(heads["txt"], heads["img"])])
    results = []
    for name, part in (("txt", attended[:TEXT]), ("img", attended[TEXT:])):
        _, _, gate, mlp_shift, mlp_scale, mlp_gate = mods[name]
        y = streams[name] + gate * block.linear(f"{name}_attn.proj", part)
        hidden = F.gelu(block.linear(f"{name}_mlp.0", modulated(y, mlp_shift, mlp_scale)), approximate="tanh")
        results.append(y + mlp_gate * block.linear(f"{name}_mlp.2", hidden))
    return torch.cat(results)


def single_block(block: Block) -> torch.Tensor:
    x = block.tensors["x"]
    hidden = x.shape[1]
    shift, scale, gate = block.modulation("modulation.lin", 3)
    qkv, mlp = block.linear("linear1", modulated(x, shift, scale)).split([3 * hidden, 4 * hidden], dim=1)
    attended = block.attention(*block.heads(qkv, "norm"))
    return x + gate * block.linear("linear2", torch.cat([attended, F.gelu(mlp, approximate="tanh")], dim=1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--tolerance", type=float, default=1e-3)
    options = parser.parse_args()
    passed = True
    for path in options.files:
        block = Block(path)
        with torch.inference_mode():
            expected = (double_block if "img_mod.lin.weight" in block.tensors else single_block)(block)
        actual, x = block.tensors["x_next"], block.tensors["x"]
        error = ((actual - expected).norm() / expected.norm()).item()
        # What the block adds is what it computes; x passes through by itself.
        change = ((actual - expected).norm() / (expected - x).norm()).item()
        print(f"{path}: rel_l2 {error:.2e}, of what the block adds {change:.2e}, allowed {options.tolerance:.0e}")
        passed &= error <= options.tolerance
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
