"""What each COS product calls creation, key loading and the end of personalisation: one adapter for each product."""
