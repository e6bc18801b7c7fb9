"""Where outside facts come from: prices, sunshine, demand, tasks."""
