"""The artefact: what is read is what was written, or a clear refusal."""

from pathlib import Path

import numpy as np
import pytest

import recommender
from recommender import artefact
from tests.recommender.tables import two_tastes

ARRAYS = {
    "counts": np.arange(7, dtype=np.int32),
    "nothing": np.zeros(0, dtype=np.float32),
    "table": np.array([[0.5, 1.5], [2.5, 3.5]]),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "a.encore"
    artefact.write(written, {"made": "here"}, ARRAYS)
    return written


def test_facts_and_arrays_come_back_with_their_types(path: Path) -> None:
    read = artefact.read(path)
    assert read.facts == {"made": "here"}
    assert read.version == artefact.version({"made": "here"}, ARRAYS)
    for name, array in ARRAYS.items():
        assert read.arrays[name].dtype == array.dtype
        assert np.array_equal(read.arrays[name], array)


def test_arrays_lie_in_the_file_aligned_and_cannot_be_written(path: Path) -> None:
    array = artefact.read(path).arrays["table"]
    assert array.ctypes.data % 64 == 0
    assert isinstance(array.base, np.memmap) or isinstance(getattr(array.base, "base", None), np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 9


@pytest.mark.parametrize("length", [0, 20, 60, 300, -1])
def test_a_truncated_file_is_refused(path: Path, length: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:length])
    for verify in (True, False):
        with pytest.raises(recommender.ArtefactError):
            artefact.read(path, verify=verify)


def test_a_file_with_something_after_its_end_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(recommender.ArtefactError, match="has more than its header says"):
        artefact.read(path)


def test_every_altered_byte_is_found(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(recommender.ArtefactError):
            artefact.read(path)


def test_without_verifying_the_data_the_header_is_still_checked(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\1")
    assert artefact.read(path, verify=False).facts == {"made": "here"}
    path.write_bytes(whole.replace(b"here", b"hers"))
    with pytest.raises(recommender.ArtefactError, match="damaged header"):
        artefact.read(path, verify=False)


def test_another_format_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "FORMAT", artefact.FORMAT + 1)
    with pytest.raises(recommender.ArtefactError, match=f"has format {artefact.FORMAT - 1}, this version"):
        artefact.read(path)


def test_a_foreign_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "cat.gif").write_bytes(b"GIF89a" * 100)
    with pytest.raises(recommender.ArtefactError, match="is not an Encore model"):
        recommender.load(tmp_path / "cat.gif")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    with pytest.raises(TypeError):
        artefact.write(path, {"made": object()}, ARRAYS)
    assert artefact.read(path).facts == {"made": "here"}
    (path.parent / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        artefact.write(path.parent / "folder", {"made": "here"}, ARRAYS)
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, "folder"]


def test_an_old_file_stays_readable_for_those_who_have_it_open(path: Path) -> None:
    before = artefact.read(path).arrays["counts"]
    artefact.write(path, {"made": "later"}, {"counts": np.zeros(7, np.int32)})
    assert before.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert artefact.read(path).facts == {"made": "later"}


def test_a_loaded_model_is_the_trained_one(tmp_path: Path) -> None:
    model = recommender.train(*two_tastes())
    model.save(tmp_path / "m.encore")
    loaded = recommender.load(tmp_path / "m.encore")
    assert (loaded.version, loaded.figures) == (model.version, model.figures)
    assert all(np.array_equal(loaded.arrays[name], array) for name, array in model.arrays.items())
    assert loaded.recommend(["a"], customer_id="ann") == model.recommend(["a"], customer_id="ann")


@pytest.mark.parametrize("amiss", ["setting", "array"])
def test_a_model_of_another_version_of_the_code_is_refused_in_words(tmp_path: Path, amiss: str) -> None:
    model = recommender.train(two_tastes()[0])
    figures, arrays = dict(model.figures), dict(model.arrays)
    if amiss == "setting":
        figures["settings"] = {**figures["settings"], "of_the_future": 1}
    else:
        del arrays["products/offsets"]
    artefact.write(tmp_path / "m.encore", figures, arrays)
    with pytest.raises(recommender.ArtefactError, match="another version"):
        recommender.load(tmp_path / "m.encore")
