"""The settings: organisations, logins, machines, parameters with their effect told before, code tables."""
