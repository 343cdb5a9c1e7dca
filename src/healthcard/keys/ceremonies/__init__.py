"""Key ceremonies 密钥仪式: one strictly parsed YAML file each, written down before they act (docs/keys.md)."""
