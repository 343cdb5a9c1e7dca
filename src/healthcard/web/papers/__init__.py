"""Papers at the desk: forms, tickets, receipts and slips to print, blank forms, scans that come back."""
