"""The life of a resident health card (居民健康卡), from the chip to its end."""

__version__ = "0.1.0"
