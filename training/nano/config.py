"""Sizes of the transformer, under the FLUX reference code's parameter names, and what it is trained to do."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class FluxConfig:
    """Defaults are the shipped nano: sized so that two CPU cores see tens of thousands of samples in an hour."""

    in_channels: int = 64  # 2 x 2 patch of 16 TAEF1 latent channels
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
    """Not in FLUX: a token is also told where it lies (`Flux.pos_in`). Rotary embeddings alone turn a position into attention's weights, from which
    a small network reads a distance only roughly, and nothing it attends to says where that lies."""

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

    @property
    def half_way(self) -> int:
        """The single block after which as much of the network lies behind as ahead; later ones can use what was understood there."""
        return (self.depth_single_blocks - self.depth) // 2 - 1

    def to_json(self) -> dict:
        return {**asdict(self), "axes_dim": list(self.axes_dim)}

    @classmethod
    def from_json(cls, values: dict) -> "FluxConfig":
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown transformer config keys {sorted(unknown)}; use the FLUX reference names")
        return cls(**{**values, "axes_dim": tuple(values["axes_dim"])})


CHOICES = {
    "prediction": ("source_residual", "velocity"),
    "condition": ("clean", "noisy"),
    "positions": ("cloned", "offset"),
    "noisy_input": ("residual", "latents"),
}


@dataclass(frozen=True)
class Recipe:
    """What the network answers and how it is shown the source. The defaults are what ships; the others are ablations.

    prediction: `source_residual` answers d = target - source, `velocity` answers noise - target. condition: the source tokens
    are `clean`, or `noisy` at the same level as the target's. positions: they carry `cloned` ids, or ids `offset` by one
    grid width. noisy_input: the noisy tokens show the network x - (1 - sigma) source, which is the `residual` d under noise, or
    x itself, noisy `latents`. Raises ValueError on other values.
    """

    prediction: str = "source_residual"
    condition: str = "clean"
    positions: str = "cloned"
    noisy_input: str = "residual"

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}: use one of {choices}")

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict | None) -> "Recipe":
        """What a file says. Files from before there was a choice carry none: only the noisy input has changed since."""
        return cls(**{"noisy_input": "latents", **(values or {})})
