"""The REST door, `/api/v1`: translates between HTTP and the services, holds no rule (docs/api.md)."""
