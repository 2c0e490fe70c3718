import cv2
import numpy as np
from nano.matte import Matting, area_matrix, has_subject, linear_matrix, refine, resampled
from nano.settings import REPO_ROOT


def _sample(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(REPO_ROOT / "public" / "samples" / f"{name}.jpg")), cv2.COLOR_BGR2RGB)


def test_a_subject_is_found_and_refined_and_a_grey_photo_has_none():
    matting = Matting()
    photo = _sample("cat")
    matte, features = matting.read(photo)
    assert matte.shape == (320, 320) and features.shape == (144, 192)
    assert 0.2 < (matte > 0.9).mean() < 0.6 and np.abs(features).max() <= 5
    fine = refine(matte, photo)
    assert fine.shape == photo.shape[:2] and fine.min() >= 0 and fine.max() <= 1
    assert np.abs(fine - resampled(matte, photo.shape[:2])).mean() < 0.02
    empty, _ = matting.read(np.full((60, 80, 3), 128, np.uint8))
    assert not empty.any() and not refine(empty, np.full((60, 80, 3), 128, np.uint8)).any()


def test_resampling_matrices():
    for matrix in (area_matrix(40, 12), area_matrix(12, 12), linear_matrix(10, 12)):
        np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(area_matrix(5, 2)[0], [0.4, 0.4, 0.2, 0, 0], rtol=1e-6)
    np.testing.assert_array_equal(area_matrix(7, 7), np.eye(7, dtype=np.float32))


def test_a_haze_and_a_speck_are_no_subject():
    plane = np.zeros(1000, np.float32)
    plane[:200], plane[200:260] = 1, 0.5
    assert has_subject(plane)
    plane[200:401] = 0.5
    assert not has_subject(plane)
    assert not has_subject(np.where(np.arange(1000) < 9, 1, 0).astype(np.float32))
