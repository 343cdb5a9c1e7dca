"""The rules: people, codes, numbers, permissions, the life of a card. Pure; knows no framework and no device."""
