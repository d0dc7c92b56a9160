"""One run's journey: sent, followed, adopted after a restart, stopped, fetched, run again."""
