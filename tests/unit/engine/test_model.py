"""The classifier, on an encoder that only counts letters."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from bot.intents.encoder import DIMENSIONS, CachedEncoder, Scaler
from bot.intents.model import Prediction, spoken
from bot.intents.recogniser import SCALER_FILE, Recogniser
from knowledge_base.engine.shipped import ENGLISH, is_english
from tests.unit.engine.letters import LetterEncoder, library_examples, taught

ASKED = ["please renew my book now", "the printer does not print", "أريد تجديد كتاب", "are you open tonight"]
MEANT = ["renewal", "printing", "renewal", "hours"]


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.train(*taught(), encoder=LetterEncoder())


def test_it_tells_intents_apart_in_both_languages(recogniser: Recogniser) -> None:
    assert [p.best[0] for p in recogniser.recognise(ASKED)] == MEANT


def test_probabilities_are_ranked_and_sum_to_one(recogniser: Recogniser) -> None:
    for prediction in recogniser.recognise(ASKED):
        chances = [chance for _, chance in prediction.ranking]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) == pytest.approx(1.0, abs=1e-4)
        assert 0 <= prediction.known <= 1


def test_the_strange_is_less_known_than_the_familiar() -> None:
    made = Recogniser.train(*library_examples())
    familiar, strange = made.recognise(["can I renew my book online", "which planet has the largest moons"])
    assert familiar.known > strange.known
    assert familiar.inside
    assert not strange.inside


def test_one_text_alone_means_what_it_means_among_others(recogniser: Recogniser) -> None:
    together = recogniser.recognise(ASKED)
    alone = [recogniser.recognise([text])[0] for text in ASKED]
    for one, other in zip(together, alone, strict=True):
        assert one.best[0] == other.best[0]
        assert one.best[1] == pytest.approx(other.best[1], abs=1e-4)


def test_training_twice_gives_the_same(recogniser: Recogniser) -> None:
    again = Recogniser.train(*taught(), encoder=LetterEncoder())
    for space, model in recogniser.model.models.items():
        assert again.model.models[space].calibration == model.calibration
    assert again.recognise(ASKED) == recogniser.recognise(ASKED)


def test_doubt_within_a_topic_is_no_doubt_about_it() -> None:
    ranking = (("hours", 0.4), ("renewal", 0.35), ("renewal__refused", 0.25))
    intent, chance = Prediction(ranking, known=1.0, inside=True).best
    assert intent == "renewal"
    assert chance == pytest.approx(0.6)


def test_it_is_read_back_from_an_archive(recogniser: Recogniser, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    recogniser.model.save(folder)
    recogniser.scaler.save(folder / SCALER_FILE)
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file in folder.iterdir():
            archive.add(file, f"components/train_x/{file.name}")
    read = Recogniser.from_archive(path, LetterEncoder())
    assert read.recognise(ASKED) == recogniser.recognise(ASKED)


def test_nothing_kept_is_a_pickle(recogniser: Recogniser, tmp_path: Path) -> None:
    recogniser.model.save(tmp_path)
    with np.load(tmp_path / "intents.english.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind == "f" for name in arrays.files)


def test_an_archive_of_another_pipeline_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("metadata.json"), io.BytesIO())
    with pytest.raises(ValueError, match=r"other\.tar\.gz .* train again"):
        Recogniser.from_archive(path)


def test_one_intent_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two different intents"):
        Recogniser.train(["a", "b"], ["x", "x"], encoder=LetterEncoder())


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_examples_are_enough_to_begin_with(rows: int) -> None:
    texts, labels = taught()
    few = [i for i in range(len(texts)) if i % 10 < rows]
    made = Recogniser.train([texts[i] for i in few], [labels[i] for i in few], encoder=LetterEncoder())
    assert made.recognise([texts[0]])[0].best[0] == labels[0]


def test_names_are_spoken() -> None:
    assert spoken("find_resource__known_item") == "find resource known item"
    assert spoken("__") == "__"


def test_scaling_centres_each_dimension() -> None:
    vectors = np.random.default_rng(1).normal(3, 2, (400, DIMENSIONS)).astype(np.float32)
    vectors[:100, ENGLISH.begin :] = 0  # Arabic texts
    scaled = Scaler.of(vectors)(vectors)
    assert not scaled[:100, ENGLISH.begin :].any()
    assert np.abs(scaled.mean(axis=0)).max() < 0.02
    lengths = np.linalg.norm(scaled[100:, ENGLISH.begin :], axis=1)
    assert lengths == pytest.approx(lengths[0])


def test_each_language_has_its_own_classifier(recogniser: Recogniser) -> None:
    assert set(recogniser.model.models) == {"english", "shared"}
    assert recogniser.scaler.spaces == "own"
    only = Recogniser.train(*english_only(), encoder=LetterEncoder())
    assert set(only.model.models) == {"english"}
    (strange,) = only.recognise(["متى تفتح المكتبة"])
    assert not strange.inside


def test_a_few_latin_words_do_not_make_a_classifier() -> None:
    texts, labels = taught()
    arabic = [i for i, text in enumerate(texts) if not is_english(text)]
    rows = [*arabic, next(i for i in range(len(texts)) if i not in arabic)] * 2
    made = Recogniser.train([texts[i] for i in rows], [labels[i] for i in rows], encoder=LetterEncoder())
    assert set(made.model.models) == {"shared"}
    assert made.recognise(["renew"])[0].ranking


def english_only() -> tuple[list[str], list[str]]:
    rows = [(text, label) for text, label in zip(*taught(), strict=True) if is_english(text)]
    return [text for text, _ in rows], [label for _, label in rows]


def test_training_again_encodes_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "vectors.npz"
    first = CachedEncoder(path, LetterEncoder())
    first(["one", "two"])
    first.keep(["one", "two"], "own")
    letters = LetterEncoder()
    second = CachedEncoder(path, letters)
    vectors = second(["one", "three", "two"])
    assert letters.asked == ["three"]
    assert np.allclose(vectors, LetterEncoder()(["one", "three", "two"]))


def test_a_broken_cache_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    path.write_bytes(b"PK\x03\x04 not a zip at all")
    assert CachedEncoder(path, LetterEncoder())(["one"]).shape == (1, DIMENSIONS)


def test_how_sure_is_sure_enough_is_learnt_and_kept(tmp_path: Path) -> None:
    made = Recogniser.train(*library_examples())
    for model in made.model.models.values():
        beliefs = model.calibration.beliefs
        assert 0.3 <= beliefs.familiar <= 0.8 and 0.3 <= beliefs.strange <= 0.8
    made.model.save(tmp_path)
    again = type(made.model).load({file.name: file.read_bytes() for file in tmp_path.iterdir()})
    for name, model in made.model.models.items():
        assert again.models[name].calibration.beliefs == model.calibration.beliefs
    familiar, strange = made.recognise(["can I renew my book online", "which planet has the largest moons"])
    learnt = made.model.beliefs("can I renew my book online")
    assert familiar.least == learnt.familiar and strange.least == max(learnt.familiar, learnt.strange)
