"""The key hierarchy (第六条第三项, 第七条第三项): national root, provincial root, card keys; held in a process of its own."""
