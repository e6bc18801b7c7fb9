"""Pictures of what the run store holds."""
