"""The machines a person has: this one, a list of their own, and what ssh_config names."""
