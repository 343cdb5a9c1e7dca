"""The composition root: settings, URLs, processes; wires drivers to ports. Nobody imports it."""
