"""The cut text encoder and the subject's matte."""

import cv2
import numpy as np
import pytest
import torch

from data.settings import REPO_ROOT, text_encoder_dir
from model.heads import found_head, look_nearer
from model.matte import Matting, area_matrix, has_subject, kernel_matrix, refine, resampled
from model.text import MAX_TOKENS, TextEncoder, tokenizer_of


@pytest.fixture(scope="module")
def encoder():
    if not (text_encoder_dir() / "vocab.txt").is_file():
        pytest.skip("no text encoder in public/models/nano")
    return TextEncoder()


@pytest.fixture(scope="module")
def pieces():
    return (text_encoder_dir() / "vocab.txt").read_text("utf-8").splitlines()


def test_a_lines_number_is_its_pieces_id_and_rare_words_are_spelled(encoder, pieces):
    spelled = lambda text: [pieces[i] for i in encoder.ids(text)]
    assert len(set(pieces)) == len(pieces) == encoder.config["vocab_size"]
    assert spelled("Add a red crown") == ["[CLS]", "add", "a", "red", "crown", "[SEP]"]
    assert spelled("") == ["[CLS]", "[SEP]"]
    rare = spelled("zyxwvutish")[1:-1]
    assert len(rare) > 2 and "".join(piece.removeprefix("##") for piece in rare) == "zyxwvutish" and "[UNK]" not in rare
    assert len(encoder.ids("red " * 300)) == MAX_TOKENS
    tokenizer = tokenizer_of(["hat", "[SEP]", "[UNK]", "[CLS]", "##s", "[PAD]"])  # special pieces may stand anywhere
    assert tokenizer.encode("hats").ids == [3, 0, 4, 1] and tokenizer.encode("dog").ids == [3, 2, 1]


def test_offsets_are_the_characters_of_the_text(encoder, pieces):
    text = "Draw two  BUTTERFLIES, by the café"
    ids, offsets = encoder.ids(text), encoder.offsets(text)
    assert len(ids) == len(offsets) and offsets[0] == offsets[-1] == (0, 0)
    for index, (start, end) in list(zip(ids, offsets))[1:-1]:
        assert pieces[index].removeprefix("##") == text[start:end].lower().replace("é", "e")


def test_states_repeat_and_follow_the_words(encoder):
    states, pooled = encoder.encode("add a red crown")
    assert states.shape == (6, 384) and torch.isfinite(states).all()
    torch.testing.assert_close(pooled, states.mean(0))
    assert torch.equal(encoder.encode("add a red crown")[0], states)
    assert (encoder.encode("add a blue crown")[0][3] - states[3]).norm() > 1


def test_a_subject_is_found_and_refined_and_a_grey_photo_has_none():
    photo = cv2.cvtColor(cv2.imread(str(REPO_ROOT / "public" / "samples" / "cat.jpg")), cv2.COLOR_BGR2RGB)
    matting, grey = Matting(), np.full((60, 80, 3), 128, np.uint8)
    matte, features, heads = matting.look(photo)
    assert matte.shape == (320, 320) and features.shape == (144, 192)
    x, y = found_head(look_nearer(photo, matte, heads, matting.look), matte, (1, 1)).crown
    assert abs(x - 0.54) < 0.05 and abs(y - 0.128) < 0.05  # as it was marked by hand
    assert 0.2 < (matte > 0.9).mean() < 0.6 and np.abs(features).max() <= 5
    fine = refine(matte, photo)
    assert fine.shape == photo.shape[:2] and fine.min() >= 0 and fine.max() <= 1
    assert np.abs(fine - resampled(matte, photo.shape[:2])).mean() < 0.02
    empty, *_ = matting.look(grey)
    assert not empty.any() and not refine(empty, grey).any()


def test_resampling_matrices_and_what_counts_as_a_subject():
    for matrix in (area_matrix(40, 12), area_matrix(12, 12), kernel_matrix(10, 12, "linear")):
        np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(area_matrix(5, 2)[0], [0.4, 0.4, 0.2, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(area_matrix(7, 7), np.eye(7, dtype=np.float32))
    plane = np.zeros(1000, np.float32)
    plane[:200], plane[200:260] = 1, 0.5
    assert has_subject(plane)
    plane[200:401] = 0.5  # a haze
    assert not has_subject(plane) and not has_subject(np.where(np.arange(1000) < 9, 1, 0).astype(np.float32))  # a speck
