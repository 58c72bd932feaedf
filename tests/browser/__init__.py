"""The rehearsal room's page in a real browser (Chromium through playwright)."""
