"""The COS products on file: one for each `products/<name>.toml`, with its adapter `native/<name>.py`."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from healthcard.card.os.product import Product


def load() -> dict[str, Product]:
    """All products by name; a file that is not whole raises KeyError or TypeError at start-up."""
    folder = files("healthcard.card.os").joinpath("products")
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    found = [Product.parse(tomllib.loads(text)) for text in texts]
    return {product.name: product for product in sorted(found, key=lambda product: product.name)}


PRODUCTS = load()
