"""The page of quality: what it tells is what was measured, and README's summary stands between its marks."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

import recommender
from recommender.peers import tuned_peers
from tests.benchmarks.quality import page
from tests.benchmarks.quality.orders import Orders
from tests.benchmarks.quality.running import Run
from tests.recommender.test_evaluation import shop


@pytest.fixture(scope="module")
def run() -> Run:
    made = Run(Orders("A shop", shop(1_000), None))
    made.go(["TF-IDF", "EASE"])
    return made


def test_the_page_tells_the_figures_the_ratios_and_the_grids(run: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write([run], date(2026, 3, 1), tmp_path)
    text = (tmp_path / "docs/quality.md").read_text()
    assert run.evaluation is not None
    assert "Written by `make bench-quality` on 2026-03-01" in text
    for setting in ("cart", "customer"):
        assert f"{run.evaluation.row('Encore', setting).ndcg.value:.4f}" in text
    ratio = run.evaluation.over("TF-IDF").ndcg
    assert f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" in text
    assert "- lambda 300, history 3: " in text
    assert text.count("(cart alone)") == text.count("(with the customer)") == 2
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith(f"before\n{page.BEGIN}\n**NDCG@10")
    assert readme.endswith(f"{page.END}\nafter\n")
    assert "old" not in readme
    for line in text.splitlines():
        if "](pictures/" in line:
            ElementTree.parse(tmp_path / "docs" / line.partition("](")[2].rstrip(")"))


def test_the_best_peer_is_the_one_of_the_greatest_ndcg_in_that_setting(run: Run) -> None:
    assert run.evaluation is not None
    best = page.best_peer(run.evaluation, "customer")
    assert best is not None
    assert best.ndcg.value == max(
        run.evaluation.row(name, "customer").ndcg.value for name in ("TF-IDF", "EASE")
    )
    assert page.best_peer(recommender.evaluate(shop()), "cart") is None


def test_peers_that_are_named_are_the_only_ones_trained() -> None:
    assert [name for name, _ in tuned_peers(shop(), names=("EASE",))] == ["EASE"]
