"""The key hierarchy (第六条第三项, 第七条第三项): national, provincial and card keys, in a process of their own."""
