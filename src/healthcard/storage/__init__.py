"""Django models, constraints, migrations and named queries; no rule, no key, no card."""
