"""Pictures: pure functions of tables, each the answer to a question."""

from dashboards.figures.comparing import cost_panel, daily_panel, flow_panel, price_panel, stored_panel
from dashboards.figures.drawing import Panel

__all__ = ["Panel", "cost_panel", "daily_panel", "flow_panel", "price_panel", "stored_panel"]
