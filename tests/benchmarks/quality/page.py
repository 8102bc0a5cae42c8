"""The page: `docs/quality.md` with its pictures, and the summary in README."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from recommender.evaluation import ENCORE, Evaluation, plots, tables
from recommender.evaluation.plots import Bar, Group
from recommender.evaluation.report import BESTSELLERS, CART, CUSTOMER, Figure, Row
from recommender.evaluation.tables import SETTINGS, Table
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.quality.running import Run, in_words

ROOT = Path(__file__).parents[3]
EASE = "EASE"
BEGIN, END = "<!-- quality: written by `make bench-quality` -->", "<!-- /quality -->"

INTRODUCTION = """# How good the suggestions are

Written by `make bench-quality` on {day}: Encore and six tuned models, three of implicit and three from
papers, trained on the same real orders and asked for the same carts, in one run. {machine}

The first nine tenths of the orders, by time, are learnt from; of each later order one product is hidden,
and up to ten others are the cart. Only products with five training orders or more are in the carts; every
later order with two of these is asked for. A *hit* is the hidden product among ten suggestions; *NDCG*
counts it the more, the higher it stands. *Cart and customer*: the recommender is told who asks. Intervals
are 95 %, from 2,000 bootstrap samples of the carts; those of ratios are of the same carts for both. Every
peer is tuned on the last tenth of its training orders over the grid that is told below, then fit on all of
them; the code and the grids are the same for every data set. Encore chooses for itself from the training
orders, with nothing set; what it begins with was found on the training orders of these same sets, and some
of it was compared on their test orders too (decisions 0100, 0101, 0104, 0105 and 0106). The customer is
folded into a peer's query as the weighted shares of their purchases; order kNN takes none. What the figures
are is told in [commands.md](commands.md#what-an-evaluation-says).
"""


def write(runs: Sequence[Run], day: date, root: Path = ROOT) -> None:
    """Write the page, its pictures and README's summary under `root`."""
    pictures = root / "docs/pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / "quality.svg").write_text(overview_plot(runs), encoding="utf-8")
    for run in runs:
        for kind, draw in (("peers", plots.metric_plot), ("variants", plots.variant_plot)):
            (pictures / f"{_file(run, kind)}").write_text(draw(_judged(run)), encoding="utf-8")
    (root / "docs/quality.md").write_text(page(runs, day), encoding="utf-8")
    readme = root / "README.md"
    if readme.exists():
        readme.write_text(with_summary(readme.read_text(encoding="utf-8"), runs), encoding="utf-8")


def page(runs: Sequence[Run], day: date) -> str:
    """The page as Markdown."""
    parts = [INTRODUCTION.format(day=day.isoformat(), machine=f"{machine()}; {versions()}."), "## In short\n"]
    parts += [summary(runs).markdown(), "\n![NDCG@10 by data set](pictures/quality.svg)\n"]
    for run in runs:
        parts += _chapter(run)
    return "\n".join(parts) + "\n"


def with_summary(readme: str, runs: Sequence[Run]) -> str:
    """README with the summary between its marks; without marks as it is."""
    body = f"{BEGIN}\n{summary(runs).markdown()}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: body, readme, flags=re.DOTALL)


def summary(runs: Sequence[Run]) -> Table:
    """A row for each data set and setting: Encore, the best peer, and the ratio of the two."""
    header = ("", "bestsellers", "best peer", "Encore", "Encore / best peer", "coverage / EASE's")
    rows = tuple(_summary_row(run, setting) for run in runs for setting in _settings(_judged(run)))
    return Table("NDCG@10, the ratio with its 95 % interval", header, rows)


def overview_plot(runs: Sequence[Run]) -> str:
    """NDCG by data set and setting: Encore, the best peer, bestsellers."""
    colours = {ENCORE: plots.STRONG, BESTSELLERS: plots.PALE}
    legend = ((ENCORE, plots.STRONG), ("the best peer, tuned", plots.GREY), (BESTSELLERS, plots.PALE))
    groups = []
    for run in runs:
        evaluation = _judged(run)
        for setting in _settings(evaluation):
            best = best_peer(evaluation, setting)
            names = [ENCORE, *([best.recommender] if best else []), BESTSELLERS]
            drawn = [Bar(evaluation.row(name, setting).ndcg, colours.get(name, plots.GREY)) for name in names]
            groups.append(Group(f"{run.orders.title}, {SETTINGS[setting]}", tuple(drawn)))
    return plots.bars("NDCG@10: the hidden product of a later cart", legend, groups)


def best_peer(evaluation: Evaluation, setting: str) -> Row | None:
    """The peer of the greatest NDCG; one that takes no customer counts with what it answers to the cart."""
    peers = [
        row
        for row in evaluation.rows
        if row.group == "all" and row.setting == setting and row.recommender not in (ENCORE, BESTSELLERS)
    ]
    return max(peers, key=lambda row: row.ndcg.value, default=None)


def _summary_row(run: Run, setting: str) -> tuple[str, ...]:
    evaluation = _judged(run)
    best = best_peer(evaluation, setting)
    return (
        f"{run.orders.title}, {SETTINGS[setting]}",
        f"{evaluation.row(BESTSELLERS, setting).ndcg.value:.4f}",
        f"{best.ndcg.value:.4f} ({best.recommender})" if best else tables.UNDEFINED_TEXT,
        f"{evaluation.row(ENCORE, setting).ndcg.value:.4f}",
        _ratio(evaluation.over(best.recommender, setting).ndcg) if best else tables.UNDEFINED_TEXT,
        _ratio(evaluation.over(EASE, setting).coverage),
    )


def _chapter(run: Run) -> Iterator[str]:
    evaluation = _judged(run)
    yield f"\n## {run.orders.title}\n\n{tables.in_words(evaluation)}\n"
    yield f"![NDCG of each recommender](pictures/{_file(run, 'peers')})\n"
    yield tables.metrics_table(evaluation).markdown() + "\n"
    yield _ratios(evaluation).markdown() + "\n"
    yield f"![NDCG by kind of cart](pictures/{_file(run, 'variants')})\n"
    yield tables.variants_table(evaluation).markdown() + "\n"
    yield tables.variants_table(evaluation, "hit_rate").markdown() + "\n"
    yield tables.notes(evaluation).replace("\n", "  \n") + "\n"
    yield _times(run).markdown() + "\n"
    yield from _grids(run)


def _ratios(evaluation: Evaluation) -> Table:
    rows = tuple(
        (
            f"{each.recommender}, {SETTINGS[each.setting]}",
            *map(_ratio, (each.hit_rate, each.ndcg, each.coverage)),
        )
        for each in evaluation.ratios
        if each.setting in evaluation.settings
    )
    return Table("Encore's figures over those of each other", ("", "hit rate", "NDCG", "coverage"), rows)


def _times(run: Run) -> Table:
    rows = tuple(
        (name, f"{taken.training_seconds:.1f}", f"{taken.suggestion_ms:.2f}")
        for name, taken in run.taken.items()
    )
    title = (
        f"What it took (a peer's training: tuning and fitting); Encore's file has {run.artefact_mib:.1f} MiB"
    )
    return Table(title, ("", "training, s", "suggestion, ms"), rows)


def _grids(run: Run) -> Iterator[str]:
    yield "<details><summary>How each peer was tuned: NDCG@10 on its last tenth of orders</summary>\n"
    for name, grid in run.grids.items():
        chosen = {id(grid.alone): " (cart alone)", id(grid.personal): " (with the customer)"}
        yield f"**{name}** ({grid.source})\n"
        yield "".join(
            f"- {in_words(each)}: {each.ndcg:.4f}{chosen.get(id(each), '')}\n" for each in grid.tried
        )
    yield "</details>\n"


def _settings(evaluation: Evaluation) -> tuple[str, ...]:
    """The customer only where a cart has one with a history."""
    known = any(
        evaluation.row(evaluation.judged, CART, "repurchase", name).n_carts
        for name in ("bought_before", "not_bought_before")
    )
    return (CART, CUSTOMER) if known else (CART,)


def _ratio(figure: Figure) -> str:
    value, low, high = figure
    return tables.UNDEFINED_TEXT if value != value else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _judged(run: Run) -> Evaluation:
    assert run.evaluation is not None
    return run.evaluation


def _file(run: Run, kind: str) -> str:
    return f"quality-{re.sub(r'[^a-z0-9]+', '-', run.orders.title.lower())}-{kind}.svg"
