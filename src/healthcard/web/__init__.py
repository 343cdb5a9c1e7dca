"""The clerks' screens: views, templates; translate and call services."""
