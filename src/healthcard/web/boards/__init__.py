"""The boards: figures of an organisation and all below it, each leading to its list, and lists as workbooks."""
