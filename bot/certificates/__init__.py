"""The certificate of participation as a page. Words are made before (`bot/speech`); here they are only drawn.

A page is drawn in a process of its own (`bot/drawing`), which ends with it: what draws is heavy, and is needed a few
times in a programme. Nothing here but `page` imports fpdf. May import `storage.messages`.
"""
