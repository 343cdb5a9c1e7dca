"""Who may do what (第六条至第九条): organisations, grants, parameters, logins, credentials."""
