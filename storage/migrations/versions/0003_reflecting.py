"""The note of a check-in is the words of a reflection, in `reflections.words`: the column of its own goes.

What stands in it can not be moved here, since it is sealed for its place and a migration has no keys. No programme had
begun when this was written.
"""

from __future__ import annotations

from alembic import op

revision = "0003_reflecting"
down_revision = "0002_pairs_rights_broadcasts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("check_ins", "note")
