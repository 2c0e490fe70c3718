"""The codec, samples made on the fly, elements of pairs as samples and their batches."""

import numpy as np
import pytest
import torch

from nano.codec import Codec, basis, matte_tokens, patches, unpatched
from nano.conditioned import KINDS, TOKENS, place_features
from nano.element_cache import LEAST_PIXELS, ElementCache, encode_element, stacked
from nano.elements import CANVAS, MARGINS, Texts, collate, cut, draw_sigmas, drawing_loss, place_picture, whole_grid
from nets import COMPONENTS, FakeEncoder, tiny_codec, tiny_drawing
from pairs.pair import Element, Layer, Pair


def test_patches_come_back_and_are_indexed_row_column_channel():
    pixels = torch.arange(2 * 64 * 96 * 5, dtype=torch.float32).reshape(2, 64, 96, 5)
    tokens = patches(pixels, 32)
    assert tokens.shape == (2, 6, 5120) and torch.equal(unpatched(tokens, 32, 2, 3), pixels)
    assert tokens[0, 4, (3 * 32 + 7) * 5 + 2] == pixels[0, 32 + 3, 32 + 7, 2]


def test_matte_cells_are_area_means_row_by_row():
    matte = torch.zeros(1, 16, 16)
    matte[:, :2, 4:8] = 1
    tokens = matte_tokens(matte, 2, 2)
    assert tokens.shape == (1, 4, 16) and tokens[0, 0].tolist() == [0, 0, 1, 1] + 12 * [0] and not tokens[0, 1:].any()


def test_a_complete_basis_loses_nothing_and_a_smaller_one_keeps_what_matters_most():
    rng = torch.Generator().manual_seed(0)
    patterns = torch.randn(400, 24, generator=rng) * torch.logspace(0, -1.3, 24) @ torch.randn(24, 60, generator=rng) * 0.02
    psnr = lambda encode, decode: float(-10 * torch.log10((patterns @ encode @ decode - patterns).square().mean()))
    complete, half = basis(patterns, 24), basis(patterns, 12)
    assert psnr(*complete) > 90 and 15 < psnr(*half) < psnr(*complete) - 20
    # components have about one unit of energy, the first no less than the last
    energy = (patterns @ complete[0]).square().mean(0)
    assert energy.mean().item() == pytest.approx(1, rel=1e-3) and energy[0] > energy[-1]
    other = torch.randn(24, 60, generator=rng)
    assert psnr(other.T @ torch.linalg.inv(other @ other.T), other) < psnr(*complete) - 20  # 24 directions, but not theirs


def test_a_codec_file_comes_back_also_as_halves(tmp_path):
    codec = tiny_codec()
    codec.save(tmp_path / "codec.safetensors")
    again = Codec.load(tmp_path / "codec.safetensors")
    layer = torch.zeros(1, 64, 64, 5)
    layer[0, :32, :32] = torch.rand(32, 32, 5)
    assert torch.equal(again.layer_tokens(layer), codec.layer_tokens(layer)) and not again.layer_tokens(layer)[0, 1:].any()
    assert again.components == COMPONENTS and again.layer(torch.zeros(1, 6, COMPONENTS), 2, 3).shape == (1, 64, 96, 5)
    with pytest.raises(SystemExit, match="fit_codec"):
        Codec.load(tmp_path / "other.safetensors")


def test_a_placed_pictures_box_is_tight():
    rng = np.random.default_rng(0)
    for upright in (True, False) * 10:
        height, width = int(rng.integers(20, 300)), int(rng.integers(20, 300))
        picture = np.full((height, width, 4), 200, np.uint8)
        drawn = place_picture(picture, 0.0, rng, upright)
        alpha = drawn.layer[..., 3] > 8 / 255
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        assert drawn.layer.shape == (CANVAS, CANVAS, 5) and drawn.layer.max() <= 1 and not drawn.layer[..., 4].any()
        assert np.allclose(np.multiply(drawn.box, CANVAS), (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
        longest = max(drawn.box[1] - drawn.box[0], drawn.box[3] - drawn.box[2])
        assert 1 / MARGINS[1] - 0.02 < longest < 1 / MARGINS[0] + 0.02


def test_a_cut_repeats_edges_and_keeps_places():
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[10:20, 20:40] = 255
    same = cut(picture, (0.0, 0.0, 60.0, 40.0), (60, 40))
    assert np.array_equal(same, picture)
    large = cut(picture, (20.0, 10.0, 40.0, 20.0), (80, 40))
    assert large.shape == (40, 80, 3) and large[20, 40, 0] == 255 and (large[4:-4, 4:-4] == 255).all()
    assert (cut(np.full((8, 8), 0.5, np.float32), (-20.0, -20.0, 20.0, 20.0), (16, 16)) == 0.5).all()


def test_grids_sigmas_and_loss():
    assert whole_grid(300, 400) == (12, 16) and whole_grid(100, 1000) == (4, 16)
    sigma = draw_sigmas(20_000, np.random.default_rng(0))
    assert sigma.min() >= 0.05 and sigma.max() <= 1 and 0.49 < (sigma > 0.97).float().mean() < 0.56
    clean = torch.zeros(2, 64, COMPONENTS)
    clean[0, :4], clean[1] = 1, 1
    assert drawing_loss(clean, clean) == 0
    # a sixteenth of the tokens drawn: an error counts four times as much as with all of them
    assert drawing_loss(clean + 1, clean).item() == pytest.approx((4 + 1) / 2)


def test_a_batch_pads_texts_and_tells_kinds():
    rng, codec = np.random.default_rng(1), tiny_codec()
    drawn = [place_picture(np.full((50, 80, 4), 255, np.uint8), 1.0, rng) for _ in range(2)]
    src = torch.zeros(2, TOKENS**2, 80)
    batch = collate(drawn, ["front", "behind"], ["red hat", "a b c d e f g h i"], src, codec, Texts(FakeEncoder()))
    assert batch.clean.shape == (2, 64, COMPONENTS) and batch.txt.shape == (2, 12, 384)
    assert batch.txt_mask.sum(1).tolist() == [4, 11] and not batch.txt[0, 4:].any()
    assert batch.place[:, 0, 25:27].tolist() == [[1, 0], [0, 1]]


def pair_of(height=96, width=128) -> Pair:
    """A photo with one square, a speck and an outline."""
    rng = np.random.default_rng(0)
    image, matte = rng.integers(0, 255, (height, width, 3)).astype(np.uint8), np.zeros((height, width), np.float32)
    text, elements = "add a square, a dot and a frame", []
    for (y, x, side), words in (((20, 30, 40), (4, 12)), ((5, 5, 6), (14, 19))):
        layer = Layer(height, width)
        alpha = np.zeros((height, width), np.float32)
        alpha[y : y + side, x : x + side] = 1
        layer.fill((255, 0, 0), alpha)
        elements.append(layer.element(words, "square"))
    frame = np.ones((height, width), np.float32)
    frame[8:-8, 8:-8] = 0
    layer = Layer(height, width)
    layer.fill((0, 255, 0), frame, 0.0)
    elements.append(layer.element((24, 31), "frame", whole=True))
    return Pair(image, matte, elements, text)


def test_elements_are_encoded_with_their_own_crop_words_and_place():
    pair, codec, rng = pair_of(), tiny_codec(), np.random.default_rng(0)
    square, dot, frame = pair.elements
    assert encode_element(pair, dot, codec, rng) is None and dot.box[2] - dot.box[0] < LEAST_PIXELS
    sample = encode_element(pair, square, codec, rng)
    assert sample.grid == (8, 8) and sample.words == "a square" and sample.clean.shape == (64, COMPONENTS) and sample.src.shape == (64, 80)
    # what the place says of the box is where the paint is: tokens inside are drawn, those outside are not
    inside, drawn = sample.place[:, 0].astype(float), np.abs(sample.clean).max(1) > 1e-3
    assert drawn[inside > 0.99].all() and not drawn[inside == 0].any()
    whole = encode_element(pair, frame, codec, rng)
    assert whole.grid == whole_grid(96, 128) == (12, 16) and whole.words == "a frame" and KINDS[whole.place[0, 25:].argmax()] == "whole"


def test_windows_of_the_cache_are_slices_of_the_whole_grids(tmp_path):
    pair, codec, rng, model = pair_of(), tiny_codec(), np.random.default_rng(0), tiny_drawing()
    whole = encode_element(pair, pair.elements[2], codec, rng)
    np.savez(tmp_path / "a.npz", **stacked([whole] * 3))
    cache = ElementCache(tmp_path)
    grid = lambda tokens: np.asarray(tokens, np.float32).reshape(12, 16, -1)
    clean, place, windows = grid(whole.clean), grid(whole.place), set()
    everything = model.rope(torch.stack(torch.meshgrid(torch.zeros(1), torch.arange(12.0), torch.arange(16.0), indexing="ij"), -1).reshape(-1, 3))
    for seed in range(12):
        batch, rope = cache.batch(6, np.random.default_rng(seed), Texts(FakeEncoder()), model, dropout=0)
        if batch.clean.shape[1] == 12 * 16:  # now and then all of it, a few pictures at a time
            assert len(batch.clean) == 2
            continue
        found = [
            (top, left)
            for top in range(5)
            for left in range(9)
            if np.array_equal(clean[top : top + 8, left : left + 8].reshape(64, -1), batch.clean[0].numpy())
            and np.array_equal(place[top : top + 8, left : left + 8].reshape(64, -1), batch.place[0].numpy())
        ]
        assert len(found) == 1 and len(batch.clean) == 6
        (top, left), windows = found[0], windows | set(found)
        expected = everything[0].reshape(12, 16, -1)[top : top + 8, left : left + 8].reshape(64, -1)
        torch.testing.assert_close(rope[0], expected)
    assert len(windows) > 3
    np.savez(tmp_path / "b.npz", **stacked([whole]))
    np.savez(tmp_path / "c.part.npz", **stacked([whole]))  # still being written
    cache.refresh()
    assert len(cache) == 4
    with pytest.raises(SystemExit, match="cache_elements"):
        ElementCache(tmp_path / "empty")


def test_both_ways_to_tell_a_place_agree():
    """An element of its own that reaches beyond its crop's window is told the same numbers as place_features gives."""
    pair, codec = pair_of(), tiny_codec()
    element = Element(pair.elements[0].layer, 30, 20, (30.0, 20.0, 70.0, 60.0), (4, 12), "both", "square")
    sample = encode_element(pair, element, codec, np.random.default_rng(3))
    height = np.exp(float(sample.place[0, 23]))
    assert 1 / MARGINS[1] < height < 1 / MARGINS[0] and sample.place[0, 25:].tolist() == [0, 0, 1, 0]
    assert place_features(torch.tensor([[0.1, 0.1 + height, 0.1, 0.1 + height]]), torch.tensor([2]))[0, 0, 23].item() == pytest.approx(np.log(height), rel=1e-3)
