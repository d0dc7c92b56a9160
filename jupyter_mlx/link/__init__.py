"""The protocol client: bootstrap an agent over a pipe, then speak to it."""
