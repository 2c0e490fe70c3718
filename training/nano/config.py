"""Sizes of FLUX's blocks, under the FLUX reference code's names."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class FluxConfig:
    """Sizes of FLUX's transformer; of nano's networks, what their blocks need to know (nano/conditioned.py)."""

    in_channels: int = 64
    out_channels: int = 64
    vec_in_dim: int = 384  # MiniLM mean
    context_in_dim: int = 384  # MiniLM token states
    hidden_size: int = 192
    mlp_ratio: float = 4.0
    num_heads: int = 3  # heads of 64
    depth: int = 2
    depth_single_blocks: int = 6
    axes_dim: tuple[int, ...] = (8, 28, 28)
    theta: int = 10_000
    qkv_bias: bool = True
    guidance_embed: bool = False
    position_embed: bool = False
    """Not in FLUX: a token is also told where it lies (`pos_in`). Rotary embeddings alone turn a position into attention's weights, from
    which a small network reads a distance only roughly, and nothing it attends to says where that lies."""

    def __post_init__(self) -> None:
        head = self.hidden_size // self.num_heads
        if head * self.num_heads != self.hidden_size or sum(self.axes_dim) != head:
            raise ValueError(
                f"axes_dim {self.axes_dim} must add up to hidden_size / num_heads = "
                f"{self.hidden_size} / {self.num_heads}; change one of the three"
            )

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_heads

    @property
    def mlp_hidden(self) -> int:
        return int(self.hidden_size * self.mlp_ratio)

    def to_json(self) -> dict:
        return {**asdict(self), "axes_dim": list(self.axes_dim)}

    @classmethod
    def from_json(cls, values: dict) -> "FluxConfig":
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown transformer config keys {sorted(unknown)}; use the FLUX reference names")
        return cls(**{**values, "axes_dim": tuple(values["axes_dim"])})
