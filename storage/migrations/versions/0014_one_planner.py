"""What the planner asks now (goals, phases, naming) has no timers of its own."""

from __future__ import annotations

from alembic import op

revision = "0014_one_planner"
down_revision = "0013_side_weeks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind IN ('goal', 'naming', 'phase')")
