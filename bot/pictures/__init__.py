"""Pictures of ours: a chart as SVG, and a PNG made of it.

What is drawn is in the reader's words before (`bot/phrasing`); here nothing is decided. The PNG is made in a process
of its own that ends with it (`bot/drawing`). May import `storage.messages`; only `__main__` imports resvg.
"""
