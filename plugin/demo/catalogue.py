"""What the demo shop sells: its own catalogue, held in memory as a small shop's would be in a database."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from plugin.demo.departments import BY_SLUG, Department


@dataclass(frozen=True, slots=True)
class Product:
    """One product sold online; `sold`: the orders that hold it, `stock` None: not tracked."""

    product_id: str
    title: str
    department: str
    category: str
    brand: str | None
    price_minor: int
    sold: int
    stock: int | None

    @property
    def in_stock(self) -> bool:
        """Whether it can be bought now."""
        return self.stock is None or self.stock > 0


class Catalogue:
    """The products by id and by department, best known first everywhere."""

    def __init__(self, products: list[Product]) -> None:
        self._by_id = {product.product_id: product for product in products}
        self._by_department: dict[str, list[Product]] = {}
        for product in products:
            self._by_department.setdefault(product.department, []).append(product)
        purchases = {slug: sum(each.sold for each in held) for slug, held in self._by_department.items()}
        self._departments = [
            BY_SLUG[slug] for slug in sorted(purchases, key=lambda slug: (-purchases[slug], slug))
        ]

    @classmethod
    def read(cls, path: Path) -> "Catalogue":
        """The catalogue that `plugin.demo.data.write` left at `path`."""
        rows = pl.read_parquet(path).drop_nulls("department")
        return cls([Product(**row) for row in rows.iter_rows(named=True)])

    def get(self, product_id: str) -> Product | None:
        """The product, or None if the shop does not sell it."""
        return self._by_id.get(product_id)

    def departments(self) -> list[Department]:
        """The departments that hold anything, the one with most purchases first."""
        return self._departments

    def bestsellers(self, limit: int) -> list[Product]:
        """The best known product of each department that is in stock: of all products half would be milk."""
        ranked = (
            next((each for each in held if each.in_stock), None) for held in self._by_department.values()
        )
        return sorted((each for each in ranked if each), key=lambda each: (-each.sold, each.product_id))[
            :limit
        ]

    def in_department(self, slug: str, category: str | None = None) -> list[Product]:
        """The products of a department, or of one of its categories."""
        return [each for each in self._by_department.get(slug, []) if category in (None, each.category)]

    def categories(self, slug: str) -> list[str]:
        """The names of a department's categories, the one with most purchases first."""
        counts: Counter[str] = Counter()
        for product in self._by_department.get(slug, []):
            counts[product.category] += product.sold
        return [name for name, _ in counts.most_common()]

    def search(self, words: str, limit: int) -> list[Product]:
        """Products whose title or category holds every one of `words`."""
        wanted = words.lower().split()
        texts = ((each, f"{each.title} {each.category}".lower()) for each in self._by_id.values())
        found = (each for each, text in texts if wanted and all(word in text for word in wanted))
        return [product for product, _ in zip(found, range(limit), strict=False)]
