"""The clerk's workbench: find somebody, see where he stands, take his application."""
