"""Who may take part and with what: admissions and filings, and the gates before making and issue (第五条至第七条)."""
