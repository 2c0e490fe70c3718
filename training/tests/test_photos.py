"""The photo index, the held-out rule and random views, on a small made-up data folder."""

import json

import cv2
import numpy as np
import pytest

from data.marks import Face, Head, has_head, marked_head, person_head
from data.photos import SAMPLE_IDS, PhotoError, is_held_out, load_index, load_photo, random_view, told_matte
from data.tables import table


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "masks").mkdir()
    image = np.zeros((200, 320, 3), np.uint8)
    image[..., 2] = 255
    image[60:180, 100:200] = (0, 255, 0)
    matte = np.zeros((200, 320), np.uint8)
    matte[60:180, 100:200] = 255
    cv2.imwrite(str(tmp_path / "photos" / "one.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 100])
    cv2.imwrite(str(tmp_path / "masks" / "one.png"), matte)
    record = {"id": "one", "set": "pets", "subject": "dog", "width": 320, "height": 200, "coverage": 0.1875,
              "box": [0, 0, 1, 1], "sharp": 0.99, "licence": "CC0"}  # fmt: skip
    places = record | {"id": "two", "sharp": 0.5, "subject": "room"}
    blurred = record | {"id": "three", "sharp": 0.5}
    (tmp_path / "photos.jsonl").write_text("".join(json.dumps(r) + "\n" for r in (record, places, blurred)))
    return tmp_path


def test_load(folder):
    infos = load_index(folder)
    assert [info.id for info in infos] == ["one", "two", "three"]
    assert infos[0].weight > 0 and infos[1].weight > 0 and infos[2].weight == 0
    photo = load_photo(infos[0], folder)
    assert photo.image.shape == (200, 320, 3) and photo.image.dtype == np.uint8
    assert photo.image[0, 0, 0] > 200 and photo.image[0, 0, 2] < 60, "channels are RGB"
    assert photo.matte.dtype == np.float32 and photo.matte.max() == 1.0
    assert photo.has_subject


def test_missing_files_are_named_errors(folder, tmp_path):
    with pytest.raises(PhotoError, match="PHOTODOODLE_DATA"):
        load_index(tmp_path / "nowhere")
    with pytest.raises(PhotoError, match="two.jpg"):
        load_photo(load_index(folder)[1], folder)


@pytest.mark.parametrize("size", [(192, 192), (224, 160), (144, 256), (600, 480)])
def test_view_keeps_the_subject_the_shape_and_the_match_of_matte_and_image(folder, size):
    photo = load_photo(load_index(folder)[0], folder)
    for seed in range(5):
        view = random_view(photo, size, np.random.default_rng(seed))
        assert view.image.shape == (*size, 3) and view.matte.shape == size
        assert view.matte.min() >= 0 and view.matte.max() <= 1
        assert view.coverage == pytest.approx(float(view.matte.mean()))
        assert view.coverage > 0.1
        green = view.image[..., 1] > view.image[..., 0]
        assert ((view.matte > 0.5) == green).mean() > 0.97
    again = [random_view(photo, size, np.random.default_rng(3)) for _ in range(2)]
    assert np.array_equal(again[0].image, again[1].image)


def test_held_out_rule():
    assert len(SAMPLE_IDS) == 8
    assert all(is_held_out(name) for name in SAMPLE_IDS)
    share = np.mean([is_held_out(f"photo-{i}") for i in range(4000)])
    assert 0.035 < share < 0.065
    assert is_held_out("photo-1") == is_held_out("photo-1")


def test_told_mattes_are_sometimes_missing_or_blurred():
    matte = np.zeros((64, 64), np.float32)
    matte[20:50, 20:50] = 1.0
    told = [told_matte(matte, np.random.default_rng(seed)) for seed in range(300)]
    assert 0.05 < np.mean([not each.any() for each in told]) < 0.16
    assert 0.12 < np.mean([each.any() and not np.array_equal(each, matte) for each in told]) < 0.29


def test_a_persons_head_follows_from_the_landmarks():
    face = Face(((90.0, 100.0), (130.0, 100.0)), (110.0, 140.0))
    matte = np.zeros((300, 220), np.float32)
    matte[30:, 60:160] = 1.0
    head = person_head(face, matte)
    assert head.box[1] == pytest.approx(30) and head.crown == (110, pytest.approx(30 + 0.08 * head.height))
    assert head.width == pytest.approx(100) and head.box[3] == pytest.approx(170)
    assert person_head(face, None).box[1] == pytest.approx(30), "1.75 eye distances where no matte tells it"
    matte[:] = 1.0
    assert person_head(face, matte).box[1] == pytest.approx(8), "not higher than a tall hairdo"


def test_marks_are_mirrored_and_left_out_where_they_are_cut():
    head = Head((10.0, 20.0, 50.0, 70.0), (26.0, 25.0))
    mirrored = head.moved(2.0, 4.0, -10.0, mirror=200)
    assert mirrored.box == (96, 30, 176, 130) and mirrored.crown == (144, 40)
    assert head.seen(100, 100) is head and head.seen(100, 45) is head and head.seen(60, 100) is None
    assert head.moved(1.0, 0.0, -26.0).seen(100, 100) is None, "the crown is outside"


def test_heads_marked_by_us_are_of_training_photos_and_make_their_mattes_trusted(folder):
    marks = table("heads.json")
    assert len(marks) >= 70
    for photo_id, mark in marks.items():
        x0, y0, x1, y1 = mark["head"]
        x, y = mark["crown"]
        assert not is_held_out(photo_id), photo_id
        assert 0 <= x0 < x < x1 <= 1 and 0 <= y0 <= y < (y0 + y1) / 2 < y1 <= 1, photo_id
    first = next(iter(marks))
    line = json.loads((folder / "photos.jsonl").read_text().splitlines()[2]) | {"id": first, "width": 10, "height": 10}
    (folder / "photos.jsonl").write_text(json.dumps(line) + "\n")
    (info,) = load_index(folder)
    assert info.has_subject and info.weight > 0
    assert has_head(first, folder) and marked_head(first, folder, 100, 100).crown[0] == 100 * marks[first]["crown"][0]
